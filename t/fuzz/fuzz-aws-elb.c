#include "base/base.h"
#include "aws/elbv2.h"
#include "aws/xml.h"

/*
 * The actions of a load balancer's rule, as XML, and back as a form. Whatever
 * they are, our two groups are in what is sent, in the one forward action.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena arena = ARENA_INIT;
	struct strbuf form = STRBUF_INIT_MAX(ELB_FORM_MAX);
	struct error err = ERROR_INIT;
	struct elb_forward forward;
	const struct json *xml = xml_parse(&arena, (const char *)data, len, &err);
	const struct json *actions = xml ? &xml->u.object.members[0].value : NULL;
	bool forwards = elb_get_forward(&forward, actions);

	if (forwards && forward.nr < ARRAY_SIZE(forward.v)) {
		forward.v[0].weight = 80;
		forward.v[forward.nr].group = "arn:new";
		forward.v[forward.nr++].weight = 20;
	}
	elb_add_actions(&form, "Actions", actions, &forward);
	if (forwards && forward.v[forward.nr - 1].weight == 20 && !form.overflow &&
	    !strstr(form.buf, "arn%3Anew"))
		BUG("the new group is not in '%s'", form.buf);
	strbuf_release(&form);
	error_release(&err);
	arena_release(&arena);
	return 0;
}
