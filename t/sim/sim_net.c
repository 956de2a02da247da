
/*
 * sim: what becomes of a command on its way: it is carried out and answered,
 * or lost, or its reply is, or it lands when nobody expects it any more.
 */


#include "sim.h"


/* The client's side gives up on a silent server. */
#define SIM_TIMEOUT (2 * SIM_SECOND)


/* One way: mostly less than a millisecond. */
static int64_t
sim_net_latency(sim_t *sim, const sim_command_t *command)
{
    if (!sim->calm && sim_draw(sim, 1000) < (int64_t) sim->plan.slow) {
        return sim_draw(sim, 3 * SIM_SECOND);
    }

    return 100 + sim_draw(sim, 8) * sim_draw(sim, 8) * 40
           + (command->writes ? 100 : 0);
}


/* Nothing was carried out. */
static void
sim_net_refuse(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply)
{
    command->reply = reply;
    sim_at(sim, sim->now + command->latency, SIM_EVENT_FAILED_REPLY,
           &sim->workers[command->worker], command);
}


/* Nobody knows; what lands, and when, is drawn. */
static void
sim_net_unknown(sim_t *sim, sim_command_t *command)
{
    int64_t land, reply;

    command->answers = false;
    command->reply = INV_REPLY_UNKNOWN;

    land = sim->now + command->latency;

    reply = sim_percent(sim, 50) ? sim->now + SIM_TIMEOUT
                                 : land + sim_draw(sim, 20 * SIM_MS);

    if (sim_percent(sim, sim->plan.late)) {
        land = sim->now + sim_draw(sim, sim->plan.lifetime * SIM_MS);

        if (sim_percent(sim, 50)) {
            land = sim->now + (land - sim->now) / 16;
        }

    } else if (sim_percent(sim, 50)) {
        command->cut = (size_t) sim_draw(sim, (int64_t) command->n);
    }

    sim_at(sim, reply, SIM_EVENT_FAILED_REPLY, &sim->workers[command->worker],
           command);

    if (command->cut != 0) {
        sim_at(sim, land, SIM_EVENT_LAND, NULL, command);
    }
}


void
sim_net_send(sim_t *sim, sim_command_t *command)
{
    int64_t             which;
    const sim_worker_t *worker;

    sim->counts.commands++;

    worker = &sim->workers[command->worker];

    command->sent = sim->now;
    command->after = sim->times[worker->node];
    command->cluster = worker->cluster;

    if (command->before != NULL && command->after < command->before->operated) {
        command->after = command->before->operated;
    }

    if (command->cluster < command->after) {
        command->cluster = command->after;
    }

    command->answers = true;
    command->cut = command->n;
    command->latency = sim_net_latency(sim, command);

    if (!sim->calm && sim_draw(sim, 1000) < (int64_t) sim->plan.faults) {
        which = sim_draw(sim, 100);

        if (which < 20) {
            sim_net_refuse(sim, command, INV_REPLY_UNAVAILABLE);
            return;
        }

        if (which < 30) {
            sim_net_refuse(sim, command, INV_REPLY_BUSY);
            return;
        }

        if (which < 34) {
            sim_net_refuse(sim, command, INV_REPLY_REFUSED);
            return;
        }

        if (!command->writes) {
            sim_net_refuse(sim, command, INV_REPLY_UNAVAILABLE);
            return;
        }

        sim_net_unknown(sim, command);
        return;
    }

    sim_at(sim, sim->now + command->latency, SIM_EVENT_LAND, NULL, command);
}


/* The next statement of a command; now and then one of many gives way. */
void
sim_net_land(sim_t *sim, sim_command_t *command)
{
    size_t i;

    i = command->landed++;

    if (command->n > 1 && command->writes && !sim->calm
        && sim_draw(sim, 2000) < (int64_t) sim->plan.faults)
    {
        command->statements[i].reply = INV_REPLY_BUSY;
    } else {
        command->land(sim, command, i);
    }

    if (command->landed < command->cut) {
        sim_at(sim, sim->now + 20 + sim_draw(sim, 200), SIM_EVENT_LAND, NULL,
               command);
        return;
    }

    if (command->answers && command->life == sim->workers[command->worker].life)
    {
        sim_at(sim, sim->now + command->latency, SIM_EVENT_REPLY,
               &sim->workers[command->worker], command);
    }
}
