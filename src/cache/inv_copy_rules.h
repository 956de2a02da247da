
/*
 * cache: the rules by which a copy is judged, each with a switch that leaves
 * it out.  Any thread.
 *
 * Only the coherence checker builds with switches, to show that it finds what
 * each rule is there for; in the product all of them hold and cost nothing.
 */


#ifndef INV_COPY_RULES_H
#define INV_COPY_RULES_H


/* What is below the floor of its product is stale. */
#ifndef INV_COPY_RULE_FLOOR
#define INV_COPY_RULE_FLOOR 1
#endif

/* What is past its deadline is late. */
#ifndef INV_COPY_RULE_DEADLINE
#define INV_COPY_RULE_DEADLINE 1
#endif

/* What comes from a time whose floors were lost is not trusted. */
#ifndef INV_COPY_RULE_ORIGIN
#define INV_COPY_RULE_ORIGIN 1
#endif


#endif /* INV_COPY_RULES_H */
