
/*
 * base: the version of the module, the only place where it is written; the
 * packaging and the documents are held to it by t/documents/version.t.
 */


#ifndef INV_VERSION_H
#define INV_VERSION_H


#define INV_VERSION "0.1.0"


#endif /* INV_VERSION_H */
