#include "command.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "schema/schema.h"

static const char *const doctor_usage[] = { "git gitops doctor --schema [--format=(text|json)]",
					    NULL };

static void schema_text(struct strbuf *out)
{
	int input;

	strbuf_addf(out, "made from %s of %s\n", schema_source, schema_released);
	for (input = 0; input < SCHEMA_INPUT_NR; input++)
		strbuf_addf(out, "    %s\n", schema_input_name((enum schema_input)input));
}

static void schema_json(struct strbuf *out)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 2);
	int input;

	jw_object(&jw, NULL);
	jw_str(&jw, "source", schema_source);
	jw_str(&jw, "released", schema_released);
	jw_array(&jw, "inputs");
	for (input = 0; input < SCHEMA_INPUT_NR; input++)
		jw_str(&jw, NULL, schema_input_name((enum schema_input)input));
	jw_end(&jw);
	jw_end(&jw);
	strbuf_addch(out, '\n');
}

int cmd_doctor(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct strbuf out = STRBUF_INIT;
	int format = UI_FORMAT_TEXT, schema = 0;
	const struct option options[] = {
		OPT_BOOL(0, "schema", &schema, "what the tables of AWS's shapes were made from"),
		OPT_FORMAT(&format), OPT_END()
	};

	if (parse_options(argc, argv, options, doctor_usage))
		usage_with_options(doctor_usage, options, "too many arguments");
	if (!schema)
		usage_with_options(doctor_usage, options, "nothing to look at");
	if (format == UI_FORMAT_JSON)
		schema_json(&out);
	else
		schema_text(&out);
	fwrite(out.buf, 1, out.len, stdout);
	strbuf_release(&out);
	return 0;
}
