#include "base/base.h"
#include "base/utf8.h"
#include "template/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What does not parse must say why, at a place in the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct template_errors errs = TEMPLATE_ERRORS_INIT;
	const char *text = (const char *)data;
	const char *const *names;
	struct template *t;
	size_t i;

	if (utf8_validate(text, size) < size)
		return 0;
	t = template_parse(text, size, &errs);
	if (!t && !errs.nr) /* with an unknown filter there are both */
		BUG("neither a template nor an error");
	for (i = 0; i < errs.nr; i++)
		if (errs.v[i].off > size)
			BUG("an error outside of the text");
	if (t)
		template_names(t, &names);
	template_free(t);
	template_errors_release(&errs);
	return 0;
}
