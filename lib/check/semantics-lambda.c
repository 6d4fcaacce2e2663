#include "check/semantics-internal.h"

#include "artifact/ecr-image.h"

/* AWS Lambda API Reference, CreateFunction and FunctionCode. */
static void check_package(struct semantics *s)
{
	static const char *const of_zip[] = { "Handler", "Runtime" };
	static const char *const not_of_image[] = { "Handler", "Runtime", "Layers" };
	const struct json *root = s->definition->json;
	const struct json *code = sem_object(s, root, "Code");
	const char *type = sem_str(s, root, "PackageType");
	bool image = sem_str(s, code, "ImageUri") != NULL;
	size_t i;

	/* which of several it is to be is a question of its own, see check_source() */
	if ((!type && !sem_lacks(s, root, "PackageType")) ||
	    (image && (json_get(code, "S3Bucket") || json_get(code, "ZipFile"))))
		return;
	if (type && str_eq(type, "Image")) {
		if (code && !image && sem_lacks(s, code, "ImageUri"))
			finding_hint(sem_report_member(s, s->definition, root, "Code",
						       SEVERITY_ERROR, "lambda-package",
						       "a function of PackageType Image lacks the "
						       "image"),
				     "add \"ImageUri\" to \"Code\"");
		for (i = 0; i < ARRAY_SIZE(not_of_image); i++)
			if (sem_str(s, root, not_of_image[i]) ||
			    sem_nr(sem_list(s, root, not_of_image[i])))
				finding_hint(sem_report_member(s, s->definition, root,
							       not_of_image[i], SEVERITY_ERROR,
							       "lambda-package",
							       "a function of PackageType Image "
							       "has no '%s'",
							       not_of_image[i]),
					     "remove it: it is in the image");
		return;
	}
	if (image) {
		finding_hint(sem_report_member(s, s->definition, code, "ImageUri", SEVERITY_ERROR,
					       "lambda-package",
					       type ? "a function of PackageType Zip has no image" :
						      "a function with an image lacks "
						      "'PackageType'"),
			     "write \"PackageType\": \"Image\"");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(of_zip); i++)
		if (sem_lacks(s, root, of_zip[i]))
			finding_hint(
				sem_report(s, s->definition, root, SEVERITY_ERROR, "lambda-package",
					   "a function of PackageType Zip lacks '%s'", of_zip[i]),
				i ? "add it, such as \"python3.13\"" :
				    "add it, such as \"module.function\"");
	if (sem_object(s, root, "ImageConfig"))
		sem_report_member(s, s->definition, root, "ImageConfig", SEVERITY_ERROR,
				  "lambda-package",
				  "a function of PackageType Zip has no 'ImageConfig'");
}

static void check_source(struct semantics *s)
{
	const struct json *code = sem_object(s, s->definition->json, "Code");
	bool image = sem_str(s, code, "ImageUri"), zip = sem_str(s, code, "ZipFile");
	bool bucket = sem_str(s, code, "S3Bucket"), key = sem_str(s, code, "S3Key");
	const char *type = sem_str(s, s->definition->json, "PackageType");

	if (!code)
		return;
	if (image + zip + (bucket || key) > 1) {
		finding_hint(sem_report_member(s, s->definition, s->definition->json, "Code",
					       SEVERITY_ERROR, "lambda-code",
					       "the code comes from several places"),
			     "keep one of S3Bucket and S3Key, ImageUri, ZipFile");
	} else if (bucket && sem_lacks(s, code, "S3Key")) {
		finding_hint(sem_report_member(s, s->definition, code, "S3Bucket", SEVERITY_ERROR,
					       "lambda-code", "'S3Bucket' lacks its 'S3Key'"),
			     "add \"S3Key\" here");
	} else if (key && sem_lacks(s, code, "S3Bucket")) {
		finding_hint(sem_report_member(s, s->definition, code, "S3Key", SEVERITY_ERROR,
					       "lambda-code", "'S3Key' lacks its 'S3Bucket'"),
			     "add \"S3Bucket\" here");
	} else if (!code->u.object.nr && !(type && str_eq(type, "Image"))) {
		finding_hint(sem_report_member(s, s->definition, s->definition->json, "Code",
					       SEVERITY_ERROR, "lambda-code",
					       "there is no code to run"),
			     "add \"S3Bucket\" and \"S3Key\", or \"ImageUri\"");
	}
}

/* AWS Lambda Developer Guide, "Create a Lambda function using a container image". */
static void check_image(struct semantics *s)
{
	const struct json *code = sem_object(s, s->definition->json, "Code");
	const struct json *uri = sem_get(s, code, "ImageUri");
	const char *region = sem_str(
		s, s->settings ? sem_object(s, s->settings->json, "environment") : NULL, "region");
	struct ecr_image image;

	/* which of several it is to be is a question of its own, see check_source() */
	if (!json_str(uri) || json_get(code, "S3Bucket") || json_get(code, "ZipFile"))
		return;
	if (!ecr_image_parse(&image, json_str(uri)))
		finding_hint(sem_report(s, s->definition, uri, SEVERITY_ERROR, "lambda-image",
					"this is no image of Amazon ECR: Lambda takes no other"),
			     "write \"<account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>\"");
	else if (region && !str_eq(region, image.region))
		finding_hint(sem_report(s, s->definition, uri, SEVERITY_ERROR, "lambda-image",
					"the image is in another region than the function"),
			     "Lambda takes images of its own region; have ECR replicate it");
	ecr_image_release(&image);
}

/* Subnets and security groups come together; both empty means no VPC. */
static void check_vpc(struct semantics *s)
{
	static const char *const members[] = { "SubnetIds", "SecurityGroupIds" };
	const struct json *vpc = sem_object(s, s->definition->json, "VpcConfig");
	size_t i;

	for (i = 0; vpc && i < ARRAY_SIZE(members); i++) {
		const char *other = members[!i];
		const struct json *list = sem_list(s, vpc, other);

		if (!sem_nr(sem_list(s, vpc, members[i])) ||
		    !(sem_lacks(s, vpc, other) || (list && !sem_nr(list))))
			continue;
		finding_hint(sem_report_member(s, s->definition, s->definition->json, "VpcConfig",
					       SEVERITY_ERROR, "lambda-vpc",
					       "'%s' in 'VpcConfig' lacks '%s'", members[i], other),
			     "give both, or none for a function outside VPCs");
	}
}

void sem_lambda(struct semantics *s)
{
	if (!s->definition)
		return;
	check_package(s);
	check_source(s);
	check_image(s);
	check_vpc(s);
}
