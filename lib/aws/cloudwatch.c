#include "base/base.h"
#include "aws/cloudwatch.h"

#include "aws/form.h"

#define VERSION "2010-08-01"

/* Without them only metric alarms are shown. The last one is the newest. */
static const char *const types[] = { "MetricAlarm", "CompositeAlarm", "LogAlarm" };

static size_t types_nr(unsigned flags)
{
	return ARRAY_SIZE(types) - !!(flags & CLOUDWATCH_NO_LOG_ALARMS);
}

static void add_strs(struct json_writer *jw, const char *name, const char *const *v, size_t nr)
{
	size_t i;

	jw_array(jw, name);
	for (i = 0; i < nr; i++)
		jw_str(jw, NULL, v[i]);
	jw_end(jw);
}

static void write_json(struct strbuf *body, const char *const *names, size_t nr,
		       const char *next_token, unsigned flags)
{
	struct json_writer jw = JSON_WRITER_INIT(body, 0);

	jw_object(&jw, NULL);
	add_strs(&jw, "AlarmNames", names, nr);
	add_strs(&jw, "AlarmTypes", types, types_nr(flags));
	jw_int(&jw, "MaxRecords", CLOUDWATCH_ALARMS_MAX);
	if (next_token)
		jw_str(&jw, "NextToken", next_token);
	jw_end(&jw);
}

static void write_form(struct strbuf *body, const char *const *names, size_t nr,
		       const char *next_token, unsigned flags)
{
	form_begin(body, "DescribeAlarms", VERSION);
	form_add_list(body, "AlarmNames", names, nr);
	form_add_list(body, "AlarmTypes", types, types_nr(flags));
	form_add(body, "MaxRecords", "100");
	if (next_token)
		form_add(body, "NextToken", next_token);
}

struct aws_call *cloudwatch_describe_alarms(struct aws_client *client, const char *const *names,
					    size_t nr, const char *next_token, unsigned flags,
					    aws_fn *fn, void *data)
{
	struct aws_request request = { .service = AWS_CLOUDWATCH,
				       .operation = "DescribeAlarms",
				       .priority = AWS_READ,
				       .query_protocol = flags & CLOUDWATCH_QUERY };
	struct strbuf body = STRBUF_INIT;
	struct aws_call *call;

	if (flags & CLOUDWATCH_QUERY)
		write_form(&body, names, nr, next_token, flags);
	else
		write_json(&body, names, nr, next_token, flags);
	request.body = body.buf;
	request.body_len = body.len;
	call = aws_call(client, &request, fn, data);
	strbuf_release(&body);
	return call;
}

/* A Query service that gets JSON finds no Action in it, or answers with XML, in which we find no code. */
bool cloudwatch_speaks_no_json(const struct aws_result *result)
{
	static const char *const codes[] = { "UnknownOperationException", "InvalidAction",
					     "MissingAction", "UnsupportedProtocol" };
	size_t i;

	if (result->outcome != AWS_REFUSED || result->status >= 500)
		return false;
	if (!result->code)
		return result->status != 429 && result->status != 403;
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		if (str_eq(result->code, codes[i]))
			return true;
	return false;
}

/* "1 validation error detected: Value '[LogAlarm]' at 'alarmTypes' failed to satisfy constraint: ..." */
bool cloudwatch_knows_no_log_alarms(const struct aws_result *result)
{
	return result->outcome == AWS_REFUSED && result->status == 400 && result->message &&
	       (strcasestr(result->message, "alarmTypes") || strstr(result->message, "LogAlarm"));
}
