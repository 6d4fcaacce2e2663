#ifndef SCHEMA_INTERNAL_H
#define SCHEMA_INTERNAL_H

#include "schema/schema.h"
#include "schema/tables.h"

enum shape_type {
	SHAPE_STRUCTURE,
	SHAPE_LIST,
	SHAPE_MAP,
	SHAPE_STRING,
	SHAPE_INTEGER,
	SHAPE_NUMBER,
	SHAPE_BOOLEAN,
	SHAPE_BLOB,
	SHAPE_TIMESTAMP
};

enum {
	SHAPE_UNION = 1 << 0,	       /* exactly one member */
	SHAPE_DOCUMENT = 1 << 1,       /* any JSON */
	SHAPE_SINGLE_ALLOWED = 1 << 2, /* a list of one may be written as its item */
	SHAPE_HAS_MIN = 1 << 3,
	SHAPE_HAS_MAX = 1 << 4
};

enum {
	MEMBER_REQUIRED = 1 << 0,
	MEMBER_MISNOMER = 1 << 1, /* not a member: what users write for `right` */
	MEMBER_ACCEPTED = 1 << 2  /* a misnomer that is taken, with a warning */
};

/* Names are offsets into schema_strings: no pointers, nothing to relocate at start. */
struct shape {
	uint8_t type, flags;
	uint16_t nr;	       /* members of a structure, values of an enumeration */
	uint32_t first;	       /* into schema_members or schema_enums */
	uint16_t element, key; /* shapes of a list or map */
	uint8_t pattern;       /* 0: none; else index + 1 into schema_patterns */
	int64_t min, max;      /* length or value, in thousandths */
};

struct shape_member {
	uint32_t name;
	uint16_t shape;
	uint8_t flags;
	uint32_t right;
};

struct schema_root {
	uint16_t shape;
	char name[40];
};

extern const char schema_strings[];
extern const struct shape schema_shapes[];
extern const struct shape_member schema_members[];
extern const uint32_t schema_enums[];
extern const uint32_t schema_patterns[SCHEMA_PATTERNS];
extern const struct schema_root schema_roots[SCHEMA_INPUT_NR];

/* pattern.c: does the whole of the text match? A text that can't be decided in bounded time does. */
bool schema_pattern_matches(struct schema_matcher *matcher, unsigned pattern, const char *s,
			    size_t len);

#endif
