#include "base/base.h"
#include "check/check.h"

/* The closed list of what a finding may be of; a test compares it with the code and the manual. */
const struct finding_rule check_rules[] = {
	{ "file-encoding", "An artifact is UTF-8 without byte order mark or NUL" },
	{ "file-mode", "An artifact is a regular file, not executable" },
	{ "file-size", "An artifact stays within the size limit" },
	{ "group-incomplete", "The files of a service object come with its definition" },
	{ "input-ref", "'ref' of an input has a list of files and their type" },
	{ "input-shape", "An input file is a JSON object" },
	{ "json-depth", "JSON is not nested too deep" },
	{ "json-duplicate", "A member stands once in a JSON object" },
	{ "json-shape", "A rendered artifact is a JSON object" },
	{ "json-size", "JSON has not too many values" },
	{ "json-surrogate", "An escaped surrogate in JSON has its other half" },
	{ "json-syntax", "A rendered artifact is JSON" },
	{ "name-case", "Names differ in more than case" },
	{ "name-empty", "A name stands before the suffix" },
	{ "name-near-miss", "A file name has a suffix of an artifact, or nothing like it" },
	{ "ref-ambiguous", "A CDK output stands in one stack, or its stack is named" },
	{ "ref-missing", "A referenced file is there" },
	{ "ref-path", "A reference names a file of the repository" },
	{ "ref-shape", "A referenced file has the shape that its type says" },
	{ "template-limit", "A template stays within the limits" },
	{ "template-syntax", "A template is well-formed" },
	{ "template-type", "A template's operations fit their values" },
	{ "template-undefined", "A template uses values that there are" },
	{ "template-unsafe", "A template reaches nothing but its values" },
	{ "template-unsupported", "A template uses what is supported of Jinja2" },
};
const size_t check_rules_nr = ARRAY_SIZE(check_rules);
