#include "base/base.h"
#include "artifact/index-file.h"

#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define DIGEST_HEX 16
/* 4,000,000 inputs with long paths; more is no index of ours. */
#define INDEX_MAX ((size_t)1 << 30)

void index_file_path(struct strbuf *out, const char *git_dir, const char *kind, const char *branch)
{
	const char *p;

	strbuf_addf(out, "%s/gitops/%s/", git_dir, kind);
	for (p = branch; *p; p++) {
		if (*p == '/' || *p == '%' || (*p == '.' && p == branch))
			strbuf_addf(out, "%%%02X", (unsigned char)*p);
		else
			strbuf_addch(out, *p);
	}
}

/*
 * Tells a damaged file from a sound one, not a forged one: who can write here
 * can write anything. Eight bytes a step, since SHA-256 of an index of 10,000
 * inputs takes as long as the rest of a small push. (FNV-1a's constants.)
 */
static void add_checksum(struct strbuf *out, const char *data, size_t len)
{
	uint64_t sum = 0xcbf29ce484222325u ^ len, word;

	for (; len >= sizeof(word); data += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		sum = (sum ^ word) * 0x100000001b3u;
		sum ^= sum >> 32;
	}
	word = 0;
	memcpy(&word, data, len);
	sum = (sum ^ word) * 0x100000001b3u;
	strbuf_addf(out, "%016" PRIx64, sum ^ sum >> 32);
}

void index_add_escaped(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '%' || *text == '\t' || *text == '\n')
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
		else
			strbuf_addch(out, *text);
	}
}

void index_add_unescaped(struct strbuf *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len && s[i + 1] == '2' && s[i + 2] == '5') {
			strbuf_addch(out, '%');
			i += 2;
		} else if (s[i] == '%' && i + 2 < len && s[i + 1] == '0' && s[i + 2] == '9') {
			strbuf_addch(out, '\t');
			i += 2;
		} else if (s[i] == '%' && i + 2 < len && s[i + 1] == '0' && s[i + 2] == 'A') {
			strbuf_addch(out, '\n');
			i += 2;
		} else {
			strbuf_addch(out, s[i]);
		}
	}
}

/* Mapped, not read: a push looks at a few lines of it. NULL when there is none. */
static const char *map_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *text = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    (uintmax_t)st.st_size <= INDEX_MAX) {
		*len = (size_t)st.st_size;
		/* the checksum needs all pages: one by one they cost more than it does */
		text = mmap(NULL, *len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	}
	close(fd);
	return text == MAP_FAILED ? NULL : text;
}

bool index_file_load(struct index_file *index, const char *path, const char *magic)
{
	size_t magic_len = strlen(magic), start = magic_len + OID_HEXSZ + 1 + DIGEST_HEX + 1, len;
	struct strbuf digest = STRBUF_INIT;
	char hex[OID_HEXSZ + 1];
	bool ok = false;

	*index = (struct index_file)INDEX_FILE_INIT;
	index->text = path ? map_file(path, &len) : NULL;
	if (!index->text)
		return false;
	index->body = index->text + start;
	index->end = index->text + len;
	if (len < start || memcmp(index->text, magic, magic_len) != 0)
		goto out;
	memcpy(hex, index->text + magic_len, OID_HEXSZ);
	hex[OID_HEXSZ] = '\0';
	if (!oid_parse(&index->commit, hex))
		goto out;
	add_checksum(&digest, index->body, len - start);
	ok = !memcmp(digest.buf, index->body - 1 - DIGEST_HEX, DIGEST_HEX) &&
	     (len == start || index->end[-1] == '\n');
out:
	if (!ok)
		index_file_release(index);
	strbuf_release(&digest);
	return ok;
}

void index_file_release(struct index_file *index)
{
	if (index->text)
		munmap((void *)(uintptr_t)index->text, (size_t)(index->end - index->text));
	*index = (struct index_file)INDEX_FILE_INIT;
}

const char *index_file_seek(const struct index_file *index, const char *key, size_t key_len)
{
	const char *low = index->body, *high = index->end;

	while (low < high) {
		const char *mid = low + (high - low) / 2, *end;
		size_t len;
		int cmp;

		while (mid > low && mid[-1] != '\n')
			mid--;
		end = memchr(mid, '\n', (size_t)(high - mid));
		len = end ? (size_t)(end - mid) : (size_t)(high - mid);
		cmp = memcmp(mid, key, MIN(len, key_len));
		if (cmp < 0 || (!cmp && len < key_len))
			low = end ? end + 1 : high;
		else
			high = mid;
	}
	return low;
}

void index_lines_add(struct index_lines *lines, char *line)
{
	ALLOC_GROW(lines->v, lines->nr + 1, lines->alloc);
	lines->v[lines->nr++] = line;
}

void index_lines_release(struct index_lines *lines)
{
	size_t i;

	for (i = 0; i < lines->nr; i++)
		free(lines->v[i]);
	free(lines->v);
	*lines = (struct index_lines){ 0 };
}

static int line_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int index_file_write(const char *path, const char *magic, const struct oid *commit,
		     struct index_lines *lines, struct error *err)
{
	struct strbuf body = STRBUF_INIT, out = STRBUF_INIT;
	char hex[OID_HEXSZ + 1], *dir = xstrdup(path), *slash = strrchr(dir, '/');
	size_t i;
	int rc = 0;

	if (lines->nr)
		qsort(lines->v, lines->nr, sizeof(*lines->v), line_cmp);
	for (i = 0; i < lines->nr; i++)
		if (!i || !str_eq(lines->v[i], lines->v[i - 1]))
			strbuf_addstr(&body, lines->v[i]);
	oid_hex(hex, commit);
	strbuf_addf(&out, "%s%s\n", magic, hex);
	add_checksum(&out, body.buf, body.len);
	strbuf_addch(&out, '\n');
	strbuf_addbuf(&out, &body);
	if (slash) {
		*slash = '\0';
		rc = make_dirs(dir, 0777, err);
	}
	if (!rc)
		rc = file_write_cache(path, out.buf, out.len, 0644, err);
	strbuf_release(&body);
	strbuf_release(&out);
	free(dir);
	return rc;
}
