#ifndef ARTIFACT_CODE_H
#define ARTIFACT_CODE_H

#include "base/arena.h"
#include "base/finding.h"
#include "base/strmap.h"
#include "repo/snapshot.h"

/*
 * The code of a function that stands in the repository: "Code": {"ZipFile":
 * "file://src/handler"} names a directory, or a zip file, by its path from
 * the top of the same snapshot. (A zip file in base64, which the member holds
 * otherwise, has no ':'.)
 *
 * A directory becomes a zip file that depends on nothing but its files: same
 * files, same bytes. Links stay links, and may not lead out of it. What its
 * .lambdaignore names stays outside (gitignore(5); that of the directory
 * itself only).
 */
#define CODE_SCHEME "file://"
#define CODE_IGNORE ".lambdaignore"

/*
 * AWS Lambda Developer Guide, "Lambda quotas": 50 MB zipped when it is sent
 * with the call, 250 MB unzipped. AWS's own refusals count them in 1,048,576s.
 */
#define CODE_MAX_ZIPPED	  ((size_t)50 << 20)
#define CODE_MAX_UNZIPPED ((uint64_t)250 << 20)
/* A zip file without the 64-bit extensions has no more. */
#define CODE_MAX_FILES 65535

struct code_file {
	const char *path; /* in the snapshot */
	uint32_t mode;	  /* as git's */
	struct oid oid;
	uint64_t size;
};

struct code {
	struct snapshot *snapshot; /* it must outlive this */
	const char *path;	   /* of the directory or the zip file */
	bool zip;		   /* a zip file, passed as it is: the only one of `files` */
	struct code_file *files;   /* without those that are ignored; sorted by path */
	size_t nr, alloc;
	uint64_t size;	    /* unzipped */
	const char *digest; /* code_digest()'s, once it was made; or NULL */
	struct arena arena;
};

/* Why it can't be used; the texts are the problem's. */
struct code_problem {
	const char *rule; /* static; NULL: there is none */
	char *message, *hint;
};
void code_problem_release(struct code_problem *problem);

/* Does the value of ZipFile name a place in the repository? */
bool code_is_path(const char *value);

/*
 * What `value` ("file://...") names. 1; 0 with the first problem that was
 * found (then there is no code); negative when git can't be read. The limits
 * are checked; for that, a directory of more than CODE_MAX_ZIPPED is packed.
 */
int code_find(struct code **code, struct snapshot *snapshot, const char *value,
	      struct code_problem *problem, struct error *err) MUST_CHECK;
void code_free(struct code *code);

/*
 * The zip file into `out`, which is empty; kind LIMIT when it has more than
 * CODE_MAX_ZIPPED bytes. It is made anew each time, for it is too large to be
 * kept: while it is made it and the largest of its files are in memory.
 */
int code_zip(struct code *code, struct strbuf *out, struct error *err) MUST_CHECK;
/* No more bytes than this will it have. */
size_t code_zip_most(const struct code *code);
/* Lambda's CodeSha256 of it onto `out`; the zip file is made for that, once. */
int code_digest(struct code *code, struct strbuf *out, struct error *err) MUST_CHECK;

/*
 * Text that differs whenever the zip file would, known without making it: a
 * line per file with mode, object id and path.
 */
int code_identify(struct code *code, struct strbuf *out, struct error *err) MUST_CHECK;

/*
 * Where a definition's template, not rendered, says that its code is: call
 * `fn` with each path of the code or of a directory above it (what is
 * substituted is cut off), of length 0 when it may be anywhere.
 */
typedef void code_path_fn(const char *path, size_t len, void *data);
void code_mentions(const char *text, size_t len, code_path_fn *fn, void *data);

/* code-ignore.c: the lines of a .lambdaignore. */
struct code_ignore;
struct code_ignore *code_ignore_parse(const char *text, size_t len);
void code_ignore_free(struct code_ignore *ignore);
/* `path` is a file's, from the directory of the .lambdaignore. NULL ignores nothing. */
bool code_ignored(const struct code_ignore *ignore, const char *path);

#endif
