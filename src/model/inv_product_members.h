
/*
 * model, inside the room: the members of a product, in one table.  Any thread.
 */


#ifndef INV_PRODUCT_MEMBERS_H
#define INV_PRODUCT_MEMBERS_H


#include "inv_product.h"
#include "inv_shape.h"


/*
 * The members that a client may write, which are fields of inv_catalog_t,
 * first; those that are read-only behind them.
 */
#define INV_PRODUCT_WRITABLE  8
#define INV_PRODUCT_READ_ONLY 5
#define INV_PRODUCT_MEMBERS   (INV_PRODUCT_WRITABLE + INV_PRODUCT_READ_ONLY)

extern const inv_shape_member_t inv_product_members[INV_PRODUCT_MEMBERS];


#endif /* INV_PRODUCT_MEMBERS_H */
