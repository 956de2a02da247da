
/*
 * model: the words of a product's name and description, and of what is looked
 * for among them.
 *
 * Any thread.  What is a letter, and which is its small form, is what the C
 * library says in C.UTF-8, whatever the locale of the process: that is loaded
 * once, by the first call.
 */


#ifndef INV_WORDS_H
#define INV_WORDS_H


#include "../base/inv_base.h"


/* Distinct, in the order of their bytes. */
typedef struct {
    inv_str_t *items;
    size_t     n;
} inv_words_t;

/*
 * The words of n texts.  A word is a run of letters and digits, with the
 * combining marks behind them, made of small letters one by one, and cut to
 * INV_WORD_MAX code points.  Absent texts have none; bytes that are not UTF-8
 * stand between words.  No normalization: a letter with an accent and the same
 * of two code points are two.  False: no memory.
 */
bool inv_words_read(inv_arena_t *arena, const inv_str_t *texts, size_t n,
                    inv_words_t *words);


#endif /* INV_WORDS_H */
