#include "base/base.h"
#include "artifact/code-internal.h"
#include "base/digest.h"

#include <zlib.h>

/*
 * Zip files as PKWARE's APPNOTE 6.3 has them. Only what unzippers have long
 * known: entries deflated or stored, sizes before the data, no 64-bit
 * extensions. Attributes are Unix's, for modes and links.
 */
#define LOCAL_SIGNATURE	  0x04034b50u
#define CENTRAL_SIGNATURE 0x02014b50u
#define END_SIGNATURE	  0x06054b50u
#define LOCAL_SIZE	  30
#define CENTRAL_SIZE	  46
#define END_SIZE	  22
#define END_COMMENT_MAX	  65535
#define VERSION		  20		     /* 2.0: deflate */
#define MADE_BY		  (3 << 8 | VERSION) /* Unix */
#define FLAG_UTF8	  (1 << 11)
#define STORED		  0
#define DEFLATED	  8
/* 1980-01-01 00:00:00, the first time that there is. */
#define DOS_TIME 0
#define DOS_DATE (1 << 5 | 1)

struct packed {
	uint32_t crc, size, unpacked, offset;
	unsigned method;
};

static void add16(struct strbuf *out, unsigned v)
{
	strbuf_addch(out, (char)(v & 255));
	strbuf_addch(out, (char)(v >> 8 & 255));
}

static void add32(struct strbuf *out, uint32_t v)
{
	add16(out, v & 65535);
	add16(out, v >> 16);
}

uint64_t zip_bound(const struct code *code)
{
	uint64_t sum = END_SIZE + code->size;
	size_t i;

	for (i = 0; i < code->nr; i++)
		sum += LOCAL_SIZE + CENTRAL_SIZE +
		       2 * (strlen(code->files[i].path) - strlen(code->path) - 1);
	return sum;
}

/*
 * Onto `out`, which has a limit, or nothing when it would not get smaller. The
 * level is part of what the bytes depend on, as is zlib: digests of ours are
 * made of the files.
 */
static bool deflate_onto(struct strbuf *out, const struct strbuf *data)
{
	size_t room = MIN(data->len, out->max - out->len);
	z_stream z = { 0 };
	bool ok = false;

	if (room < 2 || deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
				     Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	if (!strbuf_grow(out, room))
		goto out;
	z.next_in = (unsigned char *)(void *)data->buf;
	z.avail_in = (uInt)data->len;
	z.next_out = (unsigned char *)out->buf + out->len;
	z.avail_out = (uInt)(room - 1);
	if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
		out->len += z.total_out;
		out->buf[out->len] = '\0';
		ok = true;
	}
out:
	deflateEnd(&z);
	return ok;
}

/* What the local header and the central one have in common. */
static void add_common(struct strbuf *out, const struct packed *p, size_t name_len)
{
	add16(out, VERSION);
	add16(out, FLAG_UTF8);
	add16(out, p->method);
	add16(out, DOS_TIME);
	add16(out, DOS_DATE);
	add32(out, p->crc);
	add32(out, p->size);
	add32(out, p->unpacked);
	add16(out, (unsigned)name_len);
	add16(out, 0); /* no extra field */
}

static void add_central(struct strbuf *out, const struct packed *p, const char *name, uint32_t mode)
{
	add32(out, CENTRAL_SIGNATURE);
	add16(out, MADE_BY);
	add_common(out, p, strlen(name));
	add16(out, 0); /* no comment, on the first disk, nothing known of its text */
	add16(out, 0);
	add16(out, 0);
	add32(out, ((mode & 0170000) == 0120000 ? 0120777 : mode) << 16);
	add32(out, p->offset);
	strbuf_addstr(out, name);
}

/* Its sizes are known when the data are behind it: first it holds their place. */
static void write_local(struct strbuf *out, const struct packed *p, const char *name)
{
	struct strbuf header = STRBUF_INIT;

	add32(&header, LOCAL_SIGNATURE);
	add_common(&header, p, strlen(name));
	strbuf_addstr(&header, name);
	if (out->len == p->offset)
		strbuf_addbuf(out, &header);
	else
		memcpy(out->buf + p->offset, header.buf, header.len);
	strbuf_release(&header);
}

/* Deflated into its place: what is large should not be there twice. */
static int add_entry(struct strbuf *out, struct strbuf *central, const struct code *code,
		     const struct code_file *file, struct error *err)
{
	const char *name = file->path + strlen(code->path) + 1;
	struct file_entry entry = { file->path, file->mode, file->oid };
	struct packed p = { .offset = (uint32_t)out->len, .method = STORED };
	struct strbuf data = STRBUF_INIT;
	size_t start;
	bool link = (file->mode & 0170000) == 0120000;
	int rc = snapshot_read(code->snapshot, &entry, (size_t)CODE_MAX_UNZIPPED, &data, err);

	if (rc < 0)
		goto out;
	p.crc = (uint32_t)crc32(0, (const unsigned char *)data.buf, (uInt)data.len);
	p.unpacked = p.size = (uint32_t)data.len;
	write_local(out, &p, name);
	start = out->len;
	if (out->overflow)
		goto out;
	if (!link && deflate_onto(out, &data)) {
		p.method = DEFLATED;
		p.size = (uint32_t)(out->len - start);
		write_local(out, &p, name);
	} else {
		strbuf_addbuf(out, &data);
	}
	add_central(central, &p, name, file->mode);
out:
	strbuf_release(&data);
	return rc;
}

static int write_zip(struct code *code, struct strbuf *out, struct error *err)
{
	struct strbuf central = STRBUF_INIT;
	size_t i, start;
	int rc = 0;

	for (i = 0; !rc && i < code->nr; i++) {
		rc = add_entry(out, &central, code, &code->files[i], err);
		if (!rc && (out->overflow || out->len + central.len + END_SIZE > CODE_MAX_ZIPPED))
			rc = error_set(err, ERROR_LIMIT, "'%s' zipped has more than %zu bytes",
				       code->path, CODE_MAX_ZIPPED);
	}
	start = out->len;
	strbuf_addbuf(out, &central);
	add32(out, END_SIGNATURE);
	add32(out, 0); /* one disk */
	add16(out, (unsigned)code->nr);
	add16(out, (unsigned)code->nr);
	add32(out, (uint32_t)central.len);
	add32(out, (uint32_t)start);
	add16(out, 0);
	strbuf_release(&central);
	return rc;
}

int code_zip(struct code *code, struct strbuf *out, struct error *err)
{
	struct strbuf zip = STRBUF_INIT_MAX(CODE_MAX_ZIPPED + 1);
	int rc;

	if (code->zip) {
		struct file_entry entry = { code->files[0].path, code->files[0].mode,
					    code->files[0].oid };

		return snapshot_read(code->snapshot, &entry, CODE_MAX_ZIPPED, out, err);
	}
	strbuf_grow(&zip, code_zip_most(code));
	rc = write_zip(code, &zip, err);
	if (!rc) {
		strbuf_release(out);
		zip.max = out->max;
		*out = zip;
	} else {
		strbuf_release(&zip);
	}
	return rc;
}

size_t code_zip_most(const struct code *code)
{
	uint64_t most = code->zip ? code->files[0].size : zip_bound(code);

	return (size_t)MIN(most, (uint64_t)CODE_MAX_ZIPPED);
}

int code_digest(struct code *code, struct strbuf *out, struct error *err)
{
	struct strbuf zip = STRBUF_INIT, text = STRBUF_INIT;
	unsigned char digest[SHA256_SIZE];
	int rc = 0;

	if (!code->digest) {
		rc = code_zip(code, &zip, err);
		if (!rc) {
			sha256(digest, zip.buf, zip.len);
			base64_encode(&text, digest, sizeof(digest));
			code->digest = arena_strdup(&code->arena, text.buf);
		}
	}
	if (!rc)
		strbuf_addstr(out, code->digest);
	strbuf_release(&zip);
	strbuf_release(&text);
	return rc;
}

/* --- those of others --- */

static uint32_t get16(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
	return get16(p) | get16(p + 2) << 16;
}

/* It stands at the end, before a comment. */
static const unsigned char *find_end(const unsigned char *data, size_t len)
{
	size_t at = len - END_SIZE;

	for (;; at--) {
		if (get32(data + at) == END_SIGNATURE &&
		    at + END_SIZE + get16(data + at + 20) <= len)
			return data + at;
		if (!at || len - at > END_SIZE + END_COMMENT_MAX)
			return NULL;
	}
}

/* Where it would be unpacked to is elsewhere; "\\" is what some unzippers take for "/". */
static bool leads_out(const char *name, size_t len)
{
	size_t at, n;

	if (!len || memchr(name, '\0', len) || *name == '/' || *name == '\\')
		return true;
	for (at = 0; at < len; at += n + 1) {
		for (n = 0; at + n < len && name[at + n] != '/' && name[at + n] != '\\';)
			n++;
		if (n == 2 && name[at] == '.' && name[at + 1] == '.')
			return true;
	}
	return false;
}

const char *zip_refused(const char *text, size_t len, uint64_t *unzipped)
{
	const unsigned char *data = (const unsigned char *)text, *end, *p;
	uint32_t nr;

	*unzipped = 0;
	if (len < END_SIZE)
		return "is no zip file";
	if (get32(data) == END_SIGNATURE)
		return "is a zip file without files";
	if (get32(data) != LOCAL_SIGNATURE)
		return "is no zip file";
	end = find_end(data, len);
	if (!end)
		return "is no whole zip file: its end is missing";
	nr = get16(end + 10);
	if (get32(end + 16) > (size_t)(end - data))
		return "is a damaged zip file: its directory is missing";
	for (p = data + get32(end + 16); nr; nr--) {
		if (end - p < CENTRAL_SIZE || get32(p) != CENTRAL_SIGNATURE)
			return "is a damaged zip file: its directory ends early";
		*unzipped += get32(p + 24);
		if ((size_t)(end - p) <
		    CENTRAL_SIZE + (size_t)get16(p + 28) + get16(p + 30) + get16(p + 32))
			return "is a damaged zip file: its directory ends early";
		if (leads_out((const char *)p + CENTRAL_SIZE, get16(p + 28)))
			return "has a file whose name leads out of it";
		p += CENTRAL_SIZE + get16(p + 28) + get16(p + 30) + get16(p + 32);
	}
	return NULL;
}
