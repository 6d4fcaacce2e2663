#include "base/base.h"
#include "aws/sts.h"

#include "aws/form.h"

#define VERSION "2011-06-15"

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

	form_begin(&form, "GetCallerIdentity", VERSION);
	return call(client, "GetCallerIdentity", &form, false, fn, data);
}

struct aws_call *sts_assume_role(struct aws_client *client, const struct sts_assume_role *role,
				 aws_fn *fn, void *data)
{
	const char *operation = role->web_identity_token ? "AssumeRoleWithWebIdentity" :
							   "AssumeRole";
	struct strbuf form = STRBUF_INIT;
	char seconds[16];

	form_begin(&form, operation, VERSION);
	form_add(&form, "RoleArn", role->role_arn);
	form_add(&form, "RoleSessionName", role->session_name);
	if (role->external_id)
		form_add(&form, "ExternalId", role->external_id);
	if (role->duration_s) {
		snprintf(seconds, sizeof(seconds), "%u", role->duration_s);
		form_add(&form, "DurationSeconds", seconds);
	}
	if (role->web_identity_token)
		form_add(&form, "WebIdentityToken", role->web_identity_token);
	return call(client, operation, &form, role->web_identity_token != NULL, fn, data);
}
