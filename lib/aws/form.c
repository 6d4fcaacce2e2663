#include "base/base.h"
#include "aws/form.h"

#include "aws/sigv4.h"

void form_add(struct strbuf *form, const char *name, const char *value)
{
	strbuf_addf(form, "%s%s=", form->len ? "&" : "", name);
	sigv4_encode(form, value, strlen(value), "");
}

void form_begin(struct strbuf *form, const char *operation, const char *version)
{
	form_add(form, "Action", operation);
	form_add(form, "Version", version);
}

void form_add_list(struct strbuf *form, const char *name, const char *const *values, size_t nr)
{
	struct strbuf item = STRBUF_INIT;
	size_t i;

	if (!nr)
		form_add(form, name, "");
	for (i = 0; i < nr; i++) {
		strbuf_reset(&item);
		strbuf_addf(&item, "%s.member.%zu", name, i + 1);
		form_add(form, item.buf, values[i]);
	}
	strbuf_release(&item);
}

/* `name` is extended for each child and cut back. */
static void add(struct strbuf *form, struct strbuf *name, const struct json *value);

static void add_items(struct strbuf *form, struct strbuf *name, const char *kind,
		      const struct json *list)
{
	size_t i, len = name->len;

	for (i = 0; i < list->u.array.nr; i++) {
		strbuf_addf(name, ".%s.%zu", kind, i + 1);
		add(form, name, &list->u.array.items[i]);
		strbuf_setlen(name, len);
	}
}

/* A map: objects called "entry" with key and value; a single one is no array. */
static bool is_map(const struct json *value)
{
	const struct json *entry = json_get(value, "entry");

	return entry && value->u.object.nr == 1 &&
	       (entry->type == JSON_ARRAY || json_get(entry, "key"));
}

static void add(struct strbuf *form, struct strbuf *name, const struct json *value)
{
	size_t i, len = name->len;

	if (form->overflow)
		return;
	switch (value->type) {
	case JSON_STRING:
	case JSON_NUMBER:
		form_add(form, name->buf, value->u.str.s);
		break;
	case JSON_BOOL:
		form_add(form, name->buf, value->u.boolean ? "true" : "false");
		break;
	case JSON_NULL:
		break;
	case JSON_ARRAY:
		if (!value->u.array.nr)
			form_add(form, name->buf, "");
		add_items(form, name, "member", value);
		break;
	case JSON_OBJECT:
		if (is_map(value)) {
			const struct json *entry = json_get(value, "entry");

			if (entry->type == JSON_ARRAY) {
				add_items(form, name, "entry", entry);
				break;
			}
			strbuf_addstr(name, ".entry.1");
			add(form, name, entry);
			strbuf_setlen(name, len);
			break;
		}
		for (i = 0; i < value->u.object.nr; i++) {
			strbuf_addf(name, ".%s", value->u.object.members[i].name);
			add(form, name, &value->u.object.members[i].value);
			strbuf_setlen(name, len);
		}
		break;
	}
}

void form_add_tree(struct strbuf *form, const char *name, const struct json *value)
{
	struct strbuf path = STRBUF_INIT;

	strbuf_addstr(&path, name);
	add(form, &path, value);
	strbuf_release(&path);
}
