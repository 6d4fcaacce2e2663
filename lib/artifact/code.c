#include "base/base.h"
#include "artifact/code.h"

#include "artifact/code-internal.h"
#include "artifact/input.h"
#include "base/utf8.h"

#define IGNORE_MAX_SIZE ((size_t)1 << 20)
#define LINK_MAX_SIZE	((size_t)4096)

bool code_is_path(const char *value)
{
	return starts_with(value, CODE_SCHEME);
}

void code_problem_release(struct code_problem *problem)
{
	free(problem->message);
	free(problem->hint);
	*problem = (struct code_problem){ 0 };
}

void code_free(struct code *code)
{
	if (!code)
		return;
	free(code->files);
	arena_release(&code->arena);
	free(code);
}

struct search {
	struct code *code;
	struct code_ignore *ignore;
	struct code_problem *problem;
	size_t seen; /* with those that are ignored */
	struct error *err;
	int rc;
};

/* Returns 0, for the caller's `return`. Names are pushed: made printable. */
static int refuse(struct search *s, const char *rule, const char *hint, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

static int refuse(struct search *s, const char *rule, const char *hint, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT, message = STRBUF_INIT;
	va_list ap;

	if (s->problem->rule)
		return 0;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	strbuf_add_printable(&message, text.buf, MIN(text.len, (size_t)1000));
	s->problem->rule = rule;
	s->problem->message = strbuf_detach(&message, NULL);
	s->problem->hint = xstrdup_or_null(hint);
	strbuf_release(&text);
	return 0;
}

#define PATH_RULE "lambda-code-path"
#define SIZE_RULE "lambda-code-size"

/* --- links --- */

/* Where a link leads, by the names alone; false: out of the directory. */
static bool stays_inside(const char *path, const char *target)
{
	const char *p;
	size_t depth = 0;

	if (*target == '/' || !*target)
		return false;
	for (p = strchr(path, '/'); p; p = strchr(p + 1, '/'))
		depth++;
	for (p = target; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.') {
			if (!depth--)
				return false;
		} else if (n && !(n == 1 && *p == '.')) {
			depth++;
		}
		p += n;
		p += strspn(p, "/");
	}
	return true;
}

static int check_link(struct search *s, const struct file_entry *entry, const char *inner)
{
	struct strbuf target = STRBUF_INIT;
	int rc = snapshot_read(s->code->snapshot, entry, LINK_MAX_SIZE, &target, s->err);

	if (rc < 0 && s->err->kind == ERROR_LIMIT) {
		error_release(s->err);
		strbuf_addstr(&target, "/");
		rc = 0;
	}
	if (!rc && (strlen(target.buf) != target.len || !stays_inside(inner, target.buf)))
		refuse(s, PATH_RULE, "link to files of the directory, or copy what it links to",
		       "the link '%s' leads out of '%s'", entry->path, s->code->path);
	strbuf_release(&target);
	return rc;
}

/* --- pointers of Git LFS --- */

/* By its specification a pointer has less than 1024 bytes, and begins so. */
#define LFS_VERSION  "version https://git-lfs.github.com/spec/"
#define LFS_MAX_SIZE ((size_t)1023)
/* Version, digest and size: none has less. */
#define LFS_MIN_SIZE ((size_t)100)

/* What is deployed is what stands in git: a function would find this instead of the file. */
static int check_pointer(struct search *s, const struct file_entry *entry, uint64_t size)
{
	struct strbuf text = STRBUF_INIT;
	int rc;

	if (size < LFS_MIN_SIZE || size > LFS_MAX_SIZE)
		return 0;
	rc = snapshot_read(s->code->snapshot, entry, LFS_MAX_SIZE, &text, s->err);
	if (!rc && starts_with(text.buf, LFS_VERSION) && strstr(text.buf, "\noid sha256:"))
		refuse(s, PATH_RULE,
		       "keep it in git itself ('git lfs untrack'), or leave it out with "
		       "a " CODE_IGNORE,
		       "'%s' is a pointer of Git LFS: the file itself is not in this repository",
		       entry->path);
	strbuf_release(&text);
	return rc;
}

/* --- the files --- */

static struct code_file *append(struct code *code, const struct file_entry *entry, uint64_t size)
{
	struct code_file *file;

	ALLOC_GROW(code->files, code->nr + 1, code->alloc);
	file = &code->files[code->nr++];
	*file = (struct code_file){ .path = arena_strdup(&code->arena, entry->path),
				    .mode = entry->mode,
				    .oid = entry->oid,
				    .size = size };
	code->size += size;
	return file;
}

static int add_file(struct search *s, const struct file_entry *entry)
{
	struct code *code = s->code;
	const char *inner = entry->path + strlen(code->path) + 1;
	uint64_t size;

	s->seen++;
	if (str_eq(inner, CODE_IGNORE) || code_ignored(s->ignore, inner))
		return 0;
	if (code->nr == CODE_MAX_FILES)
		return refuse(s, SIZE_RULE,
			      "leave files out with a " CODE_IGNORE ", or make a zip file of few",
			      "'%s' has more than %d files", code->path, CODE_MAX_FILES);
	if ((entry->mode & 0170000) == 0160000)
		return refuse(s, PATH_RULE,
			      "put its files into this repository, or leave it out with "
			      "a " CODE_IGNORE,
			      "'%s' is a submodule: its files are not in this repository",
			      entry->path);
	if (utf8_validate(inner, strlen(inner)) != strlen(inner))
		return refuse(s, PATH_RULE, "rename it", "the file name '%s' is not UTF-8",
			      entry->path);
	if (snapshot_size(code->snapshot, entry, (size_t)CODE_MAX_UNZIPPED, &size, s->err) < 0)
		return -1;
	if (size > CODE_MAX_UNZIPPED - code->size)
		return refuse(s, SIZE_RULE,
			      "leave files out with a " CODE_IGNORE ", or deploy it as an image",
			      "'%s' has more than 250 MB, which Lambda refuses", code->path);
	append(code, entry, size);
	return (entry->mode & 0170000) == 0120000 ? check_link(s, entry, inner) :
						    check_pointer(s, entry, size);
}

static int on_file(const struct file_entry *entry, void *data)
{
	struct search *s = data;

	s->rc = add_file(s, entry);
	return s->rc || s->problem->rule;
}

static int read_ignore(struct search *s)
{
	char *path = xstrfmt("%s/%s", s->code->path, CODE_IGNORE);
	struct strbuf text = STRBUF_INIT;
	struct file_entry entry;
	int rc = snapshot_get(s->code->snapshot, path, &entry, s->err);

	if (rc > 0 && (entry.mode & 0170000) != 0100000) {
		rc = refuse(s, PATH_RULE, NULL, "'%s' is not a regular file", path);
	} else if (rc > 0) {
		rc = snapshot_read(s->code->snapshot, &entry, IGNORE_MAX_SIZE, &text, s->err);
		if (!rc)
			s->ignore = code_ignore_parse(text.buf, text.len);
		else if (s->err->kind == ERROR_LIMIT) {
			error_release(s->err);
			rc = refuse(s, PATH_RULE, NULL, "'%s' has more than 1 MB", path);
		}
	}
	strbuf_release(&text);
	free(path);
	return rc;
}

/* Only where the files would pass the limit if nothing of them could be made smaller. */
static int check_zipped(struct search *s)
{
	struct strbuf zip = STRBUF_INIT;
	int rc;

	if (zip_bound(s->code) <= CODE_MAX_ZIPPED)
		return 0;
	rc = code_zip(s->code, &zip, s->err);
	if (rc < 0 && s->err->kind == ERROR_LIMIT) {
		error_release(s->err);
		rc = refuse(s, SIZE_RULE,
			    "leave files out with a " CODE_IGNORE
			    ", put the zip file into S3 or deploy it as an image",
			    "'%s' zipped has more than 50 MB, which Lambda takes from S3 only",
			    s->code->path);
	}
	strbuf_release(&zip);
	return rc;
}

static int find_directory(struct search *s)
{
	struct code *code = s->code;

	if (read_ignore(s) < 0)
		return -1;
	if (s->problem->rule)
		return 0;
	if (snapshot_each(code->snapshot, code->path, on_file, s, s->err) < 0 || s->rc < 0)
		return -1;
	if (s->problem->rule)
		return 0;
	if (!s->seen)
		return refuse(s, PATH_RULE,
			      "paths start at the top of the repository; is it committed?",
			      "there is no '%s' in this repository", code->path);
	if (!code->nr)
		return refuse(s, PATH_RULE, "see its " CODE_IGNORE,
			      "the directory '%s' has no files to make a zip file of", code->path);
	return check_zipped(s);
}

static int find_zip(struct search *s, const struct file_entry *entry)
{
	struct code *code = s->code;
	struct strbuf text = STRBUF_INIT;
	uint64_t unzipped = 0;
	const char *why;
	int rc;

	code->zip = true;
	rc = snapshot_read(code->snapshot, entry, CODE_MAX_ZIPPED, &text, s->err);
	if (rc < 0 && s->err->kind == ERROR_LIMIT) {
		error_release(s->err);
		return refuse(s, SIZE_RULE, "put it into S3, or deploy it as an image",
			      "'%s' has more than 50 MB, which Lambda takes from S3 only",
			      code->path);
	}
	if (rc < 0)
		goto out;
	if (check_pointer(s, entry, text.len) < 0 || s->problem->rule) {
		rc = s->problem->rule ? 0 : -1;
		goto out;
	}
	why = zip_refused(text.buf, text.len, &unzipped);
	if (why)
		refuse(s, PATH_RULE, "name a zip file, or the directory to make one of", "'%s' %s",
		       code->path, why);
	else if (unzipped > CODE_MAX_UNZIPPED)
		refuse(s, SIZE_RULE, "deploy it as an image",
		       "'%s' unzipped has more than 250 MB, which Lambda refuses", code->path);
	append(code, entry, text.len);
	code->size = unzipped;
out:
	strbuf_release(&text);
	return rc;
}

/* From the top down: what is above must be directories. */
static int find_path(struct search *s)
{
	struct code *code = s->code;
	char *part = xstrdup(code->path), *slash = part;
	int rc = 0;

	do {
		struct file_entry entry;

		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		rc = snapshot_get(code->snapshot, part, &entry, s->err);
		if (rc > 0) {
			entry.path = part;
			if ((entry.mode & 0170000) == 0120000)
				rc = refuse(s, PATH_RULE, "write the path that it leads to",
					    "'%s' is a symbolic link, which is not followed", part);
			else if ((entry.mode & 0170000) == 0160000)
				rc = refuse(s, PATH_RULE, "put its files into this repository",
					    "'%s' is a submodule: its files are not in this "
					    "repository",
					    part);
			else if (slash)
				rc = refuse(s, PATH_RULE, NULL, "'%s' is a file, not a directory",
					    part);
			else
				rc = find_zip(s, &entry);
			goto out;
		}
		if (slash)
			*slash++ = '/';
	} while (!rc && slash);
	if (!rc)
		rc = find_directory(s);
out:
	free(part);
	return rc;
}

int code_find(struct code **out, struct snapshot *snapshot, const char *value,
	      struct code_problem *problem, struct error *err)
{
	struct code *code = xcalloc(1, sizeof(*code));
	struct search s = { .code = code, .problem = problem, .err = err };
	char *path = xstrdup(value + strlen(CODE_SCHEME));
	size_t len = strlen(path);
	const char *why;
	int rc = 0;

	*out = NULL;
	*problem = (struct code_problem){ 0 };
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	code->snapshot = snapshot;
	code->path = arena_strdup(&code->arena, path);
	why = ref_path_refused(path);
	if (why)
		refuse(&s, PATH_RULE, "write it like " CODE_SCHEME "src/handler", "%s", why);
	else
		rc = find_path(&s);
	if (!rc && !problem->rule) {
		*out = code;
		code = NULL;
		rc = 1;
	}
	code_ignore_free(s.ignore);
	code_free(code);
	free(path);
	return rc;
}

int code_identify(struct code *code, struct strbuf *out, struct error *err)
{
	char hex[OID_HEXSZ + 1];
	size_t i;

	for (i = 0; i < code->nr; i++) {
		struct code_file *file = &code->files[i];
		struct file_entry entry = { file->path, file->mode, file->oid };

		if (snapshot_identify(code->snapshot, &entry, err) < 0)
			return -1;
		file->oid = entry.oid;
		oid_hex(hex, &file->oid);
		/* where the directory itself is does not matter */
		strbuf_addf(out, "%06o %s %s\n", (unsigned)file->mode, hex,
			    code->zip ? "" : file->path + strlen(code->path) + 1);
	}
	return 0;
}

/* --- in a template --- */

/* The text between the quotes that begin at `s`; no escapes are looked at but that of a quote. */
static size_t quoted(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && *p != '"')
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return (size_t)(MIN(p, end) - s);
}

static const char *find_text(const char *text, const char *end, const char *what)
{
	return memmem(text, (size_t)(end - text), what, strlen(what));
}

/* Nothing in it is substituted, or where that begins. */
static size_t literal_len(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i++)
		if (s[i] == '{' && (s[i + 1] == '{' || s[i + 1] == '%' || s[i + 1] == '#'))
			return i;
	return len;
}

/* Of one value; NULL: it is not a path, so not in the repository. */
static const char *mentioned_path(const char *value, const char *end, size_t *len)
{
	size_t whole = quoted(value, end), n = literal_len(value, whole);
	const char *path = value + strlen(CODE_SCHEME);

	*len = 0;
	if (memchr(value, '\\', n))
		return value;
	if (n < strlen(CODE_SCHEME) || memcmp(value, CODE_SCHEME, strlen(CODE_SCHEME)) != 0)
		return n < whole ? value : NULL;
	n -= strlen(CODE_SCHEME);
	/* back to the last directory that stands there whole */
	if (path + n < value + whole)
		while (n && path[n - 1] != '/')
			n--;
	while (n && path[n - 1] == '/')
		n--;
	*len = n;
	return path;
}

void code_mentions(const char *text, size_t len, code_path_fn *fn, void *data)
{
	const char *end = text + len, *at = find_text(text, end, "\"ZipFile\"");

	/* "Code": {{ code | tojson }} */
	if (!at && literal_len(text, len) < len && !find_text(text, end, "\"S3Bucket\"") &&
	    !find_text(text, end, "\"ImageUri\""))
		fn("", 0, data);
	/* several stand in the branches of an {% if %} */
	for (; at; at = find_text(at, end, "\"ZipFile\"")) {
		const char *path;
		size_t n = 0;

		at += strlen("\"ZipFile\"");
		while (at < end && (isspace((unsigned char)*at) || *at == ':'))
			at++;
		path = at < end && *at == '"' ? mentioned_path(at + 1, end, &n) : "";
		if (path)
			fn(path, n, data);
	}
}
