#ifndef AWS_XML_H
#define AWS_XML_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

/*
 * The XML that Query services answer with, as a JSON tree. A small subset on
 * purpose: elements, text, CDATA, comments, the five entities and character
 * references. Attributes are read over; a document type (and with it every
 * entity trick) is refused; depth and size are bounded.
 *
 * The value is an object with the root's name as its one member. An element
 * with children is an object, one with children called "member" only is an
 * array, one that is repeated becomes an array, any other is a string.
 */
#define XML_MAX_DEPTH 32
#define XML_MAX_NODES 100000

const struct json *xml_parse(struct arena *arena, const char *text, size_t len, struct error *err);

#endif
