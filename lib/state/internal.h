#ifndef STATE_INTERNAL_H
#define STATE_INTERNAL_H

/* What the files of this room share. */
#include "state/store.h"

/* Takes the content of `r`. */
struct record *record_list_add(struct record_list *list, struct record *r);
/* Newest first. */
void record_list_sort(struct record_list *list);
/* Sort, keep the latest where only they are asked for, cut to the limit. */
void record_list_finish(struct record_list *list, const struct record_query *query);
/* By all but `latest` and `limit`. */
bool record_query_matches(const struct record_query *query, const struct record *r);

/* Make the lines for people of these commits anew, from their records. */
int status_notes_update(struct repo *repo, const struct oid *commits, size_t nr,
			const char *message, struct error *err) MUST_CHECK;

#endif
