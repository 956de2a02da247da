
/*
 * sim: the database's claims.
 */


#include "sim.h"


/* An id's first four bytes are its key's number. */
unsigned
sim_db_claim_number(const unsigned char *id)
{
    unsigned number;

    memcpy(&number, id, sizeof(number));

    return number;
}


static sim_claim_t *
sim_db_claim_of(sim_t *sim, const sim_statement_t *statement)
{
    return &sim->claims[sim_db_claim_number(statement->record.id)];
}


static void
sim_db_claim_note(sim_t *sim, const char *what, const sim_claim_t *claim)
{
    sim_note(sim, -1, what, NULL, &claim->record.by,
             sim_db_claim_number(claim->record.id), claim->record.gen,
             claim->record.status);
}


void
sim_db_claim(sim_t *sim, sim_statement_t *statement)
{
    sim_claim_t *claim;

    claim = sim_db_claim_of(sim, statement);

    if (claim->exists) {
        statement->reply = INV_REPLY_MISSED;
        return;
    }

    claim->exists = true;
    claim->record = statement->record;
    claim->record.status = 0;
    claim->record.answer = INV_STR_ABSENT;
    sim_past_keep_claim(claim, statement->time);
    sim_db_claim_note(sim, "claimed", claim);

    statement->reply = INV_REPLY_DONE;
}


void
sim_db_recall(sim_t *sim, sim_statement_t *statement)
{
    const inv_claim_record_t *found;

    found = sim_past_claim(sim_db_claim_of(sim, statement), statement->time);

    statement->reply = INV_REPLY_MISSED;

    if (found != NULL) {
        statement->reply = INV_REPLY_DONE;
        statement->found = *found;
    }
}


void
sim_db_take(sim_t *sim, sim_statement_t *statement)
{
    sim_claim_t *claim;

    claim = sim_db_claim_of(sim, statement);

    if (!claim->exists || claim->record.status != 0
        || (statement->guards_gen
            && claim->record.gen != statement->record.gen - 1))
    {
        statement->reply = INV_REPLY_MISSED;
        return;
    }

    claim->record.gen = statement->record.gen;
    claim->record.by = statement->record.by;
    sim_past_keep_claim(claim, statement->time);
    sim_db_claim_note(sim, "taken", claim);

    statement->reply = INV_REPLY_DONE;
}


void
sim_db_answer(sim_t *sim, sim_statement_t *statement)
{
    sim_claim_t *claim;

    claim = sim_db_claim_of(sim, statement);

    if (!claim->exists || claim->record.status != 0
        || (statement->guards_gen
            && claim->record.gen != statement->record.gen))
    {
        statement->reply = INV_REPLY_MISSED;
        return;
    }

    claim->record.status = statement->record.status;
    claim->record.answer = statement->record.answer;
    sim_past_keep_claim(claim, statement->time);
    sim_db_claim_note(sim, "answer kept", claim);

    statement->reply = INV_REPLY_DONE;
}
