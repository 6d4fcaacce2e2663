#include "check/internal.h"

#include "artifact/claims.h"

/*
 * What objects of the plan have in common, brought together in the plan's
 * order: two that deploy one service, and what is wrong in a file that many
 * refer to, which is told once. The parts may be checked at the same time;
 * what comes out is the same as if they were not.
 */
struct claim *check_part_claim(struct check_part *part, const char *key, size_t len)
{
	struct claim *claim;

	ALLOC_GROW(part->claims, part->claims_nr + 1, part->claims_alloc);
	claim = &part->claims[part->claims_nr++];
	*claim = (struct claim){ .key = xmemdupz(key, len),
				 .key_len = len,
				 .before = part->findings.nr };
	return claim;
}

void check_part_free(void *data)
{
	struct check_part *part = data;
	size_t i;

	for (i = 0; i < part->claims_nr; i++) {
		free(part->claims[i].key);
		findings_release(&part->claims[i].place);
	}
	free(part->claims);
	findings_release(&part->findings);
	error_release(&part->err);
	free(part);
}

static int take_claim(struct check_whole *whole, struct claim *claim)
{
	struct finding *place = claim->place.v, *f;
	const char *other = strmap_getn(&whole->claims, claim->key, claim->key_len);
	struct strbuf path = STRBUF_INIT;
	int rc;

	if (!other && whole->others) {
		rc = claims_find(whole->others, claim->key, claim->key_len, &path, whole->err);
		if (rc > 0)
			other = path.buf;
		if (rc < 0)
			goto out;
	}
	rc = 0;
	if (!other) {
		strmap_putn(&whole->claims, claim->key, claim->key_len, place->path);
		place->path = NULL;
		goto out;
	}
	f = findings_add(whole->findings, place->severity, place->rule, place->path,
			 "'%s' deploys the %s, too", other, place->message);
	if (!f)
		goto out;
	f->line = place->line;
	f->column = place->column;
	f->width = place->width;
	f->source = place->source;
	f->source_column = place->source_column;
	place->source = NULL;
	finding_hint(f, "each would undo what the other deploys: rename one, or remove it");
out:
	strbuf_release(&path);
	return rc;
}

/* The findings of a shared file: skip them when they were told before. Returns what follows them. */
static size_t take_once(struct check_whole *whole, struct check_part *part,
			const struct findings_once *once)
{
	if (!strmap_put(&whole->told, once->key, whole)) {
		findings_move(whole->findings, &part->findings, once->first,
			      once->first + once->nr);
	} else {
		part->findings.errors -= once->errors;
		part->findings.warnings -= once->warnings;
		part->findings.dropped -= once->dropped;
	}
	return once->first + once->nr;
}

int check_part_take(void *data, void *result)
{
	struct check_whole *whole = data;
	struct check_part *part = result;
	struct findings *from = &part->findings;
	size_t at = 0, claim = 0, once = 0;
	int rc = part->err.kind != ERROR_NONE;

	while (at < from->nr || claim < part->claims_nr || once < from->once_nr) {
		size_t next = once < from->once_nr ? from->once[once].first : from->nr;

		if (claim < part->claims_nr && part->claims[claim].before <= next) {
			next = part->claims[claim].before;
			findings_move(whole->findings, from, at, next);
			if (take_claim(whole, &part->claims[claim++]) < 0) {
				check_part_free(part);
				return -1;
			}
			at = next;
			continue;
		}
		findings_move(whole->findings, from, at, next);
		at = next;
		if (once < from->once_nr)
			at = take_once(whole, part, &from->once[once++]);
	}
	whole->findings->errors += from->errors;
	whole->findings->warnings += from->warnings;
	whole->findings->dropped += from->dropped;
	whole->objects += part->objects;
	if (rc)
		error_move(whole->err, &part->err);
	check_part_free(part);
	return rc;
}
