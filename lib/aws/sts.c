#include "base/base.h"
#include "aws/sts.h"

#include "aws/sigv4.h"

#define VERSION "2011-06-15"

static void add(struct strbuf *form, const char *name, const char *value)
{
	strbuf_addf(form, "%s%s=", form->len ? "&" : "", name);
	sigv4_encode(form, value, strlen(value), "");
}

static void begin_form(struct strbuf *form, const char *operation)
{
	add(form, "Action", operation);
	add(form, "Version", VERSION);
}

static struct aws_call *call(struct aws_client *client, const char *operation, struct strbuf *form,
			     bool is_unsigned, aws_fn *fn, void *data)
{
	struct aws_request request = { .service = AWS_STS,
				       .operation = operation,
				       .body = form->buf,
				       .body_len = form->len,
				       .priority = AWS_WRITE,
				       .unsigned_request = is_unsigned };
	struct aws_call *c = aws_call(client, &request, fn, data);

	strbuf_release_secret(form);
	return c;
}

struct aws_call *sts_get_caller_identity(struct aws_client *client, aws_fn *fn, void *data)
{
	struct strbuf form = STRBUF_INIT;

	begin_form(&form, "GetCallerIdentity");
	return call(client, "GetCallerIdentity", &form, false, fn, data);
}

struct aws_call *sts_assume_role(struct aws_client *client, const struct sts_assume_role *role,
				 aws_fn *fn, void *data)
{
	const char *operation = role->web_identity_token ? "AssumeRoleWithWebIdentity" :
							   "AssumeRole";
	struct strbuf form = STRBUF_INIT;
	char seconds[16];

	begin_form(&form, operation);
	add(&form, "RoleArn", role->role_arn);
	add(&form, "RoleSessionName", role->session_name);
	if (role->external_id)
		add(&form, "ExternalId", role->external_id);
	if (role->duration_s) {
		snprintf(seconds, sizeof(seconds), "%u", role->duration_s);
		add(&form, "DurationSeconds", seconds);
	}
	if (role->web_identity_token)
		add(&form, "WebIdentityToken", role->web_identity_token);
	return call(client, operation, &form, role->web_identity_token != NULL, fn, data);
}
