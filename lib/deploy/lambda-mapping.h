#ifndef DEPLOY_LAMBDA_MAPPING_H
#define DEPLOY_LAMBDA_MAPPING_H

#include "deploy/lambda.h"

/*
 * Event source mappings of the alias, as PullEventSources lists them. Which
 * mapping is which says its source (and topics, queues), so that a step that
 * is begun again finds what it did, and what somebody made by hand is taken
 * over.
 */

/* Longer than any of Lambda's transitions takes, ms. */
#define MAPPING_PATIENCE (5 * 60 * 1000)
/*
 * One that is made again reads what came so long before it was deleted once
 * more, ms: it may have been that far behind, and clocks differ.
 */
#define MAPPING_OVERLAP (60 * 1000)

/* The i-th that the file lists, or NULL. */
const struct json *mapping_wanted(const struct deployment *d, size_t i);
/* The same source to Lambda: two of these can't be there for one alias. */
bool mapping_is_same(const struct json *want, const struct json *have);
/* The one of that source in ListEventSourceMappings' answer, or NULL. */
const struct json *mapping_find(const struct json *answer, const struct json *want);
/* For people. */
const char *mapping_source(const struct json *mapping);
/* The members that tell which it is, as an object in one line; to be freed. */
char *mapping_identity(const struct json *mapping);
/* It takes no changes now. */
bool mapping_is_moving(const struct json *have);

/*
 * Bodies of UpdateEventSourceMapping: `body` to make it what is wanted, `undo`
 * to make it what it is again. How many members differ.
 */
size_t mapping_compare(struct strbuf *body, struct strbuf *undo, const struct json *want,
		       const struct json *have);

/* No call changes where it begins to read. */
bool mapping_starts_elsewhere(const struct json *want, const struct json *have);
/*
 * The body of CreateEventSourceMapping, in one line, for when it was deleted:
 * as GetEventSourceMapping answered it, with its tags. Where it was in a stream
 * can't be had back. Of a Kinesis stream, and of DocumentDB, it reads from
 * about now on; a tag keeps where it began. Kafka's has its consumer group,
 * which knows; others begin where they began.
 */
void mapping_write_again(struct strbuf *out, const struct deployment *d, const struct json *have,
			 const struct json *tags);
/* It was made again, and had begun where it is wanted to. */
bool mapping_was_to_start(const struct json *tags, const struct json *want);

/* "function:alias"; to be freed. */
char *mapping_alias(const struct deployment *d);
/* Those of the alias, of the source of `want` (NULL: all); the answer comes at `phase`. */
enum step_result mapping_list(struct deployment *d, const struct json *want, const char *marker,
			      int phase);

/* --- what is recorded of them: words, or lines, of record->ids --- */

void mapping_add_word(struct deployment *d, const char *id, const char *word);
bool mapping_has_word(const struct deployment *d, const char *id, const char *word);
/* `line` without its end. */
void mapping_add_line(struct deployment *d, const char *id, const char *line);
/* One that begins so. */
bool mapping_has_line(const struct deployment *d, const char *id, const char *begin);
void mapping_drop_line(struct deployment *d, const char *id, const char *begin);

#endif
