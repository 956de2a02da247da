
/*
 * model, inside the room: what the table of problems says of a kind.
 *
 * Any thread.
 */


#ifndef INV_PROBLEM_WORDS_H
#define INV_PROBLEM_WORDS_H


#include "inv_problem.h"


/* The URN that names the kind. */
inv_str_t inv_problem_type(inv_problem_kind_t kind);

inv_str_t inv_problem_title(inv_problem_kind_t kind);

/* What there is to say where nobody said anything; absent: nothing. */
inv_str_t inv_problem_usual_detail(inv_problem_kind_t kind, unsigned status);


#endif /* INV_PROBLEM_WORDS_H */
