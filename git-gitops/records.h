#ifndef RECORDS_H
#define RECORDS_H

#include "repo/repo.h"
#include "spool/look.h"
#include "state/store.h"
#include "ui/table.h"

/*
 * What status, log, show and watch have in common: the repository, its
 * records, and, on the server, what the journals of running jobs know better.
 */
struct records {
	struct repo *repo;
	struct store *store;
	struct spool *spool; /* NULL: not on the server, or not ours to read */
	struct table_style style;
};

#define RECORDS_INIT \
	{            \
		0    \
	}

int records_open(struct records *records, struct error *err) MUST_CHECK;
void records_release(struct records *records);

/* As store_find(), and what is running is shown as far as it came. */
int records_find(struct records *records, const struct record_query *query,
		 struct record_list *list, struct error *err) MUST_CHECK;

/* Are there any notes of ours at all? */
bool records_exist(struct records *records);
/* For people, on stdout: nothing was found, and what to do about it. `prefix` was looked for, or NULL. */
void records_say_none(struct records *records, const char *what, const char *prefix);
/* Lines of the notes that could not be read. */
void records_warn_skipped(const struct record_list *list);

/* "deployed", "failed", "deploying", ... and how that looks. */
const char *record_word(const struct record *r, enum table_look *look);
/* 2026-11-21 02:03:04Z; nothing for 0. */
void add_time(struct strbuf *out, int64_t ms);
void add_short(struct strbuf *out, const char *commit);
/* Cluster and region: "prod, eu-west-1". */
void add_where(struct strbuf *out, const struct record *r);
/* What runs, without the ARN around it: "nginx:7". */
const char *short_revision(const char *revision);
/* "at stabilize: image-missing: no such tag" */
void add_failure(struct strbuf *out, const struct record *r);
void print_buffer(const struct strbuf *out);

#endif
