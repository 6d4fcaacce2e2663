#ifndef ARTIFACT_INPUT_H
#define ARTIFACT_INPUT_H

#include "base/arena.h"
#include "base/finding.h"
#include "base/json.h"
#include "base/strmap.h"
#include "repo/snapshot.h"

/*
 * Values for templates: the members of an input file, over those of the files
 * that its `ref` names.
 *
 *	{ "ref": { "file": ["core/terraform_output.json"], "type": "TERRAFORM" },
 *	  "image": "nginx:1.27" }
 */
enum ref_type {
	REF_TERRAFORM = 0, /* `terraform output -json`: {name: {"value": ..., "sensitive": bool}} */
	REF_CDK,	   /* `cdk deploy --outputs-file`: {stack: {output: string}} */
	REF_JSON	   /* any object: its members */
};

/* One value. Read it, don't keep it beyond the reader that the inputs came from. */
struct input_value {
	const char *name;
	size_t name_len;
	const struct json *value;
	const char *origin; /* path of the file that it stands in */
	const char *stack;  /* of a CDK output, or NULL */
	uint32_t off;	    /* of its member's name in that file */
	bool sensitive;
	bool ambiguous; /* a CDK output of several stacks: usable as stack.output only */
};

/* A referenced file, parsed once and shared by all inputs that name it. */
struct ref_file {
	char *path;
	enum ref_type type;
	bool failed; /* findings were reported, or the file is not there */
	bool missing;
	uint32_t mode; /* as git's; of what is there */
	struct arena arena;
	struct strbuf source;
	struct input_value *values;
	size_t nr, alloc;
	struct strmap by_name; /* to the value's index + 1 */
};

struct ref_files {
	struct snapshot *snapshot;
	size_t max_size;   /* bytes of one file */
	struct strmap map; /* type and path to struct ref_file */
	unsigned searches; /* for names that may have been meant: they cost */
};

/* `snapshot` NULL: there are no files but those that are put (for tests). */
void ref_files_init(struct ref_files *files, struct snapshot *snapshot);
/* Take `text` for the content of `path` where it is referred to as `type`. */
void ref_files_put(struct ref_files *files, const char *path, enum ref_type type, const char *text,
		   size_t len, struct findings *findings);
void ref_files_release(struct ref_files *files); /* wipes */

/* The file, read when it was not yet: `failed` says whether it can be used. */
int ref_file_get(struct ref_file **file, struct ref_files *files, const char *path,
		 enum ref_type type, struct findings *findings, struct error *err) MUST_CHECK;
struct input_value *ref_file_find(const struct ref_file *file, const char *name, size_t len);

/*
 * The file of the snapshot that somebody meant who wrote `path` in the input
 * file `input`: as seen from there, without '.' and '..', spelled alike, or of
 * that name elsewhere. The caller frees it; NULL: none, or too many searches.
 */
char *ref_path_meant(struct ref_files *files, const char *input, const char *path);

struct inputs {
	const char *path; /* of the input file, or NULL when there is none */
	const char *text; /* its content */
	size_t text_len;
	const struct json *root; /* its content, an object, or NULL */
	struct ref_file **refs;	 /* in the order of `ref.file` */
	size_t refs_nr;
	bool failed; /* something is missing: what is undefined may not be the template's fault */
};

/*
 * Judge the parsed input file `root` (of `text`, at `path`) and read what it
 * refers to. All pointers must outlive `inputs`; the array comes from `arena`.
 * Findings are the user's mistakes; negative only when git can't be read.
 */
int inputs_read(struct inputs *inputs, struct ref_files *files, struct arena *arena,
		const char *path, const char *text, size_t text_len, const struct json *root,
		struct findings *findings, struct error *err) MUST_CHECK;

/* The value that wins: the input's own, then the last file's that has it. */
bool inputs_find(const struct inputs *inputs, const char *name, size_t len,
		 struct input_value *value);

/*
 * All places that define a value, the one that wins first: at most `max` into
 * `out`. Returns how many there are.
 */
struct input_source {
	struct input_value value;
	const char *text; /* of the file value.origin */
	size_t text_len;
	const char *type; /* "TERRAFORM", "CDK", "JSON"; NULL: the input itself */
};
size_t inputs_sources(const struct inputs *inputs, const char *name, size_t len,
		      struct input_source *out, size_t max);

/* All values, the ones that win last. */
typedef void input_value_fn(const struct input_value *value, void *data);
void inputs_each(const struct inputs *inputs, input_value_fn *fn, void *data);

/*
 * Why `path` can't be named by a `ref`, or NULL: absolute, leading out of the
 * repository, not as git spells it, or a template.
 */
const char *ref_path_refused(const char *path);

/* The paths that the text of an input file refers to, as far as it can be understood. */
typedef int ref_path_fn(const char *path, void *data); /* non-zero ends it */
int input_ref_paths(const char *text, size_t len, ref_path_fn *fn, void *data);

#endif
