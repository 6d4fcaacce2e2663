#ifndef ARTIFACT_SOURCE_H
#define ARTIFACT_SOURCE_H

#include "artifact/name.h"
#include "base/finding.h"
#include "repo/snapshot.h"

/*
 * The rules that hold for every file before it is read: a regular file, not
 * too large, UTF-8 without BOM or NUL.
 *
 * Appends its content to `out`. Returns 1, or 0 after a finding (nothing was
 * added), or negative when git can't be read.
 */
int source_read(struct snapshot *snapshot, const struct file_entry *entry, size_t max,
		const char *max_key, struct strbuf *out, struct findings *findings,
		struct error *err) MUST_CHECK;

/* Report what json_parse() found in a file that is no template. */
struct json_problems;
void source_json_findings(struct findings *findings, const char *path, const char *text, size_t len,
			  const struct json_problems *problems);

#define ARTIFACT_MAX_SIZE     (1u << 20)
#define ARTIFACT_MAX_SIZE_KEY "gitops.maxArtifactSize"
#define REF_MAX_SIZE	      (16u << 20)
#define REF_MAX_SIZE_KEY      "gitops.maxRefFileSize"

/* The limit that is configured, or the one above. */
size_t source_max_size(struct snapshot *snapshot, const char *key, size_t fallback);

#endif
