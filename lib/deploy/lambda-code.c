#include "base/base.h"
#include "deploy/lambda.h"

#include "base/digest.h"
#include "deploy/rolling.h"

/*
 * A function's code: an object of S3, an image, a zip file in the definition
 * itself, or what stands in the repository. Whether what is there is the same code says its digest:
 * that of a zip file can be made here, that of an image may be its name. An
 * object of S3 with a version never changes; its name and the digest that
 * Lambda made of it are kept in a tag. What may have changed under its name
 * is always sent.
 */

static void add_str(struct strbuf *out, const char *name, const char *value)
{
	if (!value)
		return;
	strbuf_addf(out, "%s\"%s\":", out->len ? "," : "", name);
	json_write_string(out, value, strlen(value));
}

static int prepare_zip(struct lambda_code *code, const char *zip, struct error *err)
{
	unsigned char digest[SHA256_SIZE];
	struct strbuf bytes = STRBUF_INIT, sha = STRBUF_INIT;
	int ret = 0;

	if (!base64_decode(&bytes, zip, strlen(zip))) {
		ret = error_set(err, ERROR_INVALID, "'Code.ZipFile' is not a zip file in base64");
		goto out;
	}
	sha256(digest, bytes.buf, bytes.len);
	base64_encode(&sha, digest, sizeof(digest));
	code->sha256 = strbuf_detach(&sha, NULL);
	add_str(&code->members, "ZipFile", zip);
out:
	strbuf_release_secret(&bytes);
	strbuf_release(&sha);
	return ret;
}

static int cannot_zip(const struct code *own, struct error *err)
{
	return error_prefix(err, "cannot make a zip file of '%s'", own->path);
}

int lambda_code_digest(struct lambda_code *code, struct error *err)
{
	struct strbuf sha = STRBUF_INIT;
	int ret = 0;

	if (!code->own || code->sha256)
		return 0;
	if (code_digest(code->own, &sha, err) < 0)
		ret = cannot_zip(code->own, err);
	else
		code->sha256 = strbuf_detach(&sha, NULL);
	strbuf_release(&sha);
	return ret;
}

int lambda_code_prepare(struct lambda_code *code, const struct deployment *d, struct error *err)
{
	static const char *const names[] = { "S3Bucket",	"S3Key",
					     "S3ObjectVersion", "S3ObjectStorageMode",
					     "ImageUri",	"SourceKMSKeyArn" };
	const struct json *own = json_get(ecs_document(d, ROLE_DEFINITION), "Code");
	const char *zip = json_get_str(own, "ZipFile"), *image = json_get_str(own, "ImageUri");
	const char *digest = image ? strstr(image, "@sha256:") : NULL;
	struct strbuf mark = STRBUF_INIT;
	size_t i;

	if (zip && d->service->code)
		code->own = d->service->code;
	else if (zip && prepare_zip(code, zip, err) < 0)
		return -1;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		add_str(&code->members, names[i], json_get_str(own, names[i]));
	if (!code->members.len && !code->own)
		return error_set(err, ERROR_INVALID, "the definition names no code");
	if (digest)
		code->sha256 = xstrdup(digest + strlen("@sha256:"));
	if (json_get_str(own, "S3ObjectVersion")) {
		sha256_hex(&mark, code->members.buf, code->members.len);
		strbuf_setlen(&mark, 32);
		code->mark = strbuf_detach(&mark, NULL);
	}
	strbuf_release(&mark);
	return 0;
}

void lambda_code_release(struct lambda_code *code)
{
	strbuf_release_secret(&code->members);
	free(code->sha256);
	free(code->mark);
	memset(code, 0, sizeof(*code));
}

bool lambda_code_mark(struct strbuf *out, const struct lambda_code *code, const char *sha256)
{
	if (!code->mark || !sha256)
		return false;
	strbuf_addf(out, "%s:%s", code->mark, sha256);
	return true;
}

static bool same_architecture(const struct json *definition, const struct json *config)
{
	const struct json *want = json_get(definition, "Architectures");
	const struct json *have = json_get(config, "Architectures");
	const char *a = "x86_64", *b = "x86_64";

	if (want && want->type == JSON_ARRAY && want->u.array.nr)
		a = json_str(&want->u.array.items[0]);
	if (have && have->type == JSON_ARRAY && have->u.array.nr)
		b = json_str(&have->u.array.items[0]);
	return a && b && str_eq(a, b);
}

bool lambda_code_differs(const struct lambda_code *code, const struct deployment *d,
			 const struct json *function)
{
	const struct json *config = json_get(function, "Configuration");
	const char *have = json_get_str(config, "CodeSha256");
	const char *sent = deploy_id_get(d, ID_CODE_SHA);
	const char *resolved = json_str(json_path(function, "Code.ResolvedImageUri"));
	const char *tag = json_str(json_path(function, "Tags." LAMBDA_TAG_CODE));
	struct strbuf mark = STRBUF_INIT;
	bool same = false;

	if (!same_architecture(ecs_document(d, ROLE_DEFINITION), config))
		return true;
	if (sent)
		same = have && str_eq(have, sent);
	else if (code->sha256)
		same = (have && str_eq(have, code->sha256)) ||
		       (resolved && ends_with(resolved, code->sha256));
	else if (tag && lambda_code_mark(&mark, code, have))
		same = str_eq(mark.buf, tag);
	strbuf_release(&mark);
	return !same;
}

size_t lambda_code_size(const struct lambda_code *code)
{
	return code->members.len + (code->own ? code_zip_most(code->own) / 3 * 4 : 0);
}

int lambda_code_write_members(struct strbuf *body, const struct lambda_code *code,
			      struct error *err)
{
	struct strbuf zip = STRBUF_INIT;
	int ret = 0;

	strbuf_addbuf(body, &code->members);
	if (!code->own)
		return 0;
	ret = code_zip(code->own, &zip, err);
	if (ret < 0) {
		ret = cannot_zip(code->own, err);
	} else {
		strbuf_addf(body, "%s\"ZipFile\":\"", code->members.len ? "," : "");
		base64_encode(body, zip.buf, zip.len);
		strbuf_addch(body, '"');
	}
	strbuf_release(&zip);
	return ret;
}

int lambda_code_write(struct strbuf *body, const struct lambda_code *code,
		      const struct json *definition, const char *revision, struct error *err)
{
	const struct json *architectures = json_get(definition, "Architectures");

	strbuf_addch(body, '{');
	if (lambda_code_write_members(body, code, err) < 0)
		return -1;
	strbuf_addstr(body, ",\"Architectures\":");
	if (architectures && architectures->type == JSON_ARRAY && architectures->u.array.nr)
		json_write(body, architectures, 0);
	else
		strbuf_addstr(body, "[\"x86_64\"]");
	if (revision)
		strbuf_addf(body, ",\"RevisionId\":");
	if (revision)
		json_write_string(body, revision, strlen(revision));
	strbuf_addch(body, '}');
	return 0;
}
