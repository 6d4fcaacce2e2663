#include "base/base.h"
#include "deploy/lambda.h"

#include "artifact/ecr-image.h"
#include "aws/ecr.h"
#include "deploy/rolling.h"

/*
 * A layer `:latest` and an image with a tag are what they are at this moment:
 * asked once, recorded (ID_RESOLVED), and put into the definition, so that all
 * that comes later compares and sends the same, also after a worker died.
 *
 * Source: AWS Lambda API Reference, ListLayerVersions; Amazon ECR API
 * Reference, DescribeImages.
 */

#define LATEST ":latest"

/* --- what is known --- */

/* The map from what is written to what it is; NULL: nothing is known yet. */
static const struct json *known(const struct deployment *d, struct arena *arena)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const char *text = deploy_id_get(d, ID_RESOLVED);
	const struct json *map = text ? json_parse(arena, text, strlen(text), NULL, &problems) :
					NULL;

	json_problems_release(&problems);
	return map;
}

static void add_known(struct deployment *d, const char *written, const char *found)
{
	struct arena arena = ARENA_INIT;
	const struct json *map = known(d, &arena);
	struct strbuf out = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 0);
	size_t i;

	jw_object(&jw, NULL);
	for (i = 0; map && map->type == JSON_OBJECT && i < map->u.object.nr; i++)
		jw_value(&jw, map->u.object.members[i].name, &map->u.object.members[i].value);
	jw_str(&jw, written, found);
	jw_end(&jw);
	deploy_id_set(d, ID_RESOLVED, out.buf);
	strbuf_release(&out);
	arena_release(&arena);
}

/* --- the definition --- */

static void write_known(struct json_writer *jw, const char *name, const struct json *value,
			const struct json *map)
{
	const char *written = json_str(value), *found = written ? json_get_str(map, written) : NULL;

	if (found)
		jw_str(jw, name, found);
	else
		jw_value(jw, name, value);
}

static void write_layers(struct json_writer *jw, const struct json *list, const struct json *map)
{
	size_t i;

	jw_array(jw, "Layers");
	for (i = 0; i < list->u.array.nr; i++)
		write_known(jw, NULL, &list->u.array.items[i], map);
	jw_end(jw);
}

static void write_code(struct json_writer *jw, const struct json *code, const struct json *map)
{
	size_t i;

	jw_object(jw, "Code");
	for (i = 0; i < code->u.object.nr; i++) {
		const struct json_member *m = &code->u.object.members[i];

		if (str_eq(m->name, "ImageUri"))
			write_known(jw, m->name, &m->value, map);
		else
			jw_value(jw, m->name, &m->value);
	}
	jw_end(jw);
}

void lambda_apply_resolved(struct deployment *d)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *map = known(d, &arena);
	const struct json *definition = ecs_document(d, ROLE_DEFINITION);
	struct strbuf text = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&text, 0);
	size_t i;

	if (!map || !definition)
		goto out;
	jw_object(&jw, NULL);
	for (i = 0; i < definition->u.object.nr; i++) {
		const struct json_member *m = &definition->u.object.members[i];

		if (str_eq(m->name, "Layers") && m->value.type == JSON_ARRAY)
			write_layers(&jw, &m->value, map);
		else if (str_eq(m->name, "Code") && m->value.type == JSON_OBJECT)
			write_code(&jw, &m->value, map);
		else
			jw_value(&jw, m->name, &m->value);
	}
	jw_end(&jw);
	/* Strings may stay in the text: it lives as long as the definition. */
	definition = json_parse(&d->service->arena, arena_strdup(&d->service->arena, text.buf),
				text.len, NULL, &problems);
	if (!definition)
		BUG("a definition that was written can't be read");
	d->service->docs[ROLE_DEFINITION].json = definition;
out:
	strbuf_release_secret(&text);
	json_problems_release(&problems);
	arena_release(&arena);
}

/* --- what is to be asked --- */

/* The i-th thing that may move: the layers, then the image. NULL: not that one. */
static const char *moving(const struct deployment *d, size_t i)
{
	const struct json *definition = ecs_document(d, ROLE_DEFINITION);
	const struct json *layers = json_get(definition, "Layers");
	size_t nr = layers && layers->type == JSON_ARRAY ? layers->u.array.nr : 0;
	const char *s = i < nr ? json_str(&layers->u.array.items[i]) :
				 json_str(json_path(definition, "Code.ImageUri"));

	if (!s)
		return NULL;
	return i < nr ? (ends_with(s, LATEST) ? s : NULL) : strchr(s, '@') ? NULL : s;
}

static size_t moving_nr(const struct deployment *d)
{
	const struct json *layers = json_get(ecs_document(d, ROLE_DEFINITION), "Layers");

	return 1 + (layers && layers->type == JSON_ARRAY ? layers->u.array.nr : 0);
}

/* The first that is not known, as an index; moving_nr(): all are. */
static size_t next_moving(const struct deployment *d)
{
	struct arena arena = ARENA_INIT;
	const struct json *map = known(d, &arena);
	size_t i, nr = moving_nr(d);

	for (i = 0; i < nr; i++)
		if (moving(d, i) && !json_get_str(map, moving(d, i)))
			break;
	arena_release(&arena);
	return i;
}

static bool is_layer(const struct deployment *d, size_t i)
{
	return i + 1 < moving_nr(d);
}

static enum step_result ask_layer(struct deployment *d, const char *written, int phase)
{
	char *layer = xmemdupz(written, strlen(written) - strlen(LATEST));

	d->call = lambda_newest_layer_version(d->client, layer, deploy_on_result, d);
	free(layer);
	return deploy_await(d, phase);
}

static enum step_result ask_image(struct deployment *d, const char *uri, int phase)
{
	struct ecr_image image;
	enum step_result ret;

	if (!ecr_image_parse(&image, uri)) {
		ret = deploy_fail_hint(d, "definition",
				       "push the image to a repository of ECR in this region",
				       "'%s' is no image of Amazon ECR: Lambda takes no other",
				       uri);
	} else if (!str_eq(image.region, d->record->region)) {
		ret = deploy_fail_hint(d, "definition",
				       "have ECR replicate the image, and name the replica",
				       "image '%s' is in region %s: Lambda takes images of its own "
				       "region only",
				       uri, image.region);
	} else {
		d->call = ecr_describe_image(d->client, image.registry, image.repository, image.tag,
					     deploy_on_result, d);
		ret = deploy_await(d, phase);
	}
	ecr_image_release(&image);
	return ret;
}

enum step_result lambda_resolve(struct deployment *d, int phase)
{
	size_t i = next_moving(d);

	if (i < moving_nr(d))
		return is_layer(d, i) ? ask_layer(d, moving(d, i), phase) :
					ask_image(d, moving(d, i), phase);
	lambda_apply_resolved(d);
	return STEP_DONE;
}

/* --- answers --- */

static enum step_result layer_answered(struct deployment *d, const char *written)
{
	const struct json *list = json_get(d->result->json, "LayerVersions");
	const char *arn = list && list->type == JSON_ARRAY && list->u.array.nr ?
				  json_get_str(&list->u.array.items[0], "LayerVersionArn") :
				  NULL;

	if (d->result->status == 403)
		return deploy_fail_hint(
			d, "iam-denied",
			"allow lambda:ListLayerVersions; or name a version: a layer "
			"of another account lets its versions be used, not listed",
			"cannot tell which version '%s' is: %s", written,
			d->result->message ? d->result->message : "denied");
	if (d->result->outcome != AWS_OK)
		return deploy_fail_result(d, d->result, "list the versions of a layer");
	if (!arn)
		return deploy_fail_hint(d, "definition",
					"check the name of the layer, its region and its account",
					"there is no version of layer '%s'", written);
	add_known(d, written, arn);
	deploy_event(d, "layer '%s' is '%s'", written, arn);
	return STEP_DONE;
}

static enum step_result image_answered(struct deployment *d, const char *uri)
{
	const struct json *list = json_get(d->result->json, "imageDetails");
	const char *digest = list && list->type == JSON_ARRAY && list->u.array.nr ?
				     json_get_str(&list->u.array.items[0], "imageDigest") :
				     NULL;
	const char *slash = strchr(uri, '/'), *tag = slash ? strchr(slash, ':') : NULL;
	char *found;

	if (aws_result_is(d->result, "ImageNotFoundException") ||
	    aws_result_is(d->result, "RepositoryNotFoundException"))
		return deploy_fail_hint(d, "image-missing",
					"check its name and tag, and that the build has pushed it",
					"image '%s' is not there: %s", uri,
					d->result->message ? d->result->message : "not found");
	if (d->result->outcome == AWS_REFUSED && result_says(d->result, "not authorized"))
		return deploy_fail_hint(d, "image-denied",
					"allow ecr:DescribeImages on the repository; in another "
					"account its repository policy has to, too",
					"cannot tell which image '%s' is: %s", uri,
					d->result->message);
	if (d->result->outcome != AWS_OK)
		return deploy_fail_result(d, d->result, "look for the image");
	if (!digest)
		return deploy_fail(d, "aws-error", "ECR's answer shows no digest of image '%s'",
				   uri);
	found = xstrfmt("%.*s@%s", (int)(tag ? tag - uri : (ptrdiff_t)strlen(uri)), uri, digest);
	add_known(d, uri, found);
	deploy_event(d, "image '%s' is %s", uri, digest);
	free(found);
	return STEP_DONE;
}

enum step_result lambda_resolved(struct deployment *d)
{
	size_t i = next_moving(d);
	const char *written = i < moving_nr(d) ? moving(d, i) : NULL;

	if (!written)
		BUG("an answer that was not asked for");
	return is_layer(d, i) ? layer_answered(d, written) : image_answered(d, written);
}
