#!/usr/bin/env python3
"""A pre-receive hook as one would write it in Python, to compare ours with.

usage: python-hook.py <file with "<old> <new> <ref>" lines>

Renders the artifacts of what is pushed with jinja2, parses them, and validates
them with botocore's models. Equal templates are compiled once, referenced
files read once, objects come from one `git cat-file --batch`.
"""
import json
import subprocess
import sys

import botocore.loaders
import botocore.model
import botocore.validate
import jinja2

SUFFIXES = ('_input.json', '_svcdef.json', '_taskdef.json', '_depdef.json')
EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'


def read(names):
    """The contents of all of them."""
    git = subprocess.run(['git', 'cat-file', '--batch', '--buffer'], check=True, stdout=subprocess.PIPE,
                         input=''.join(name + '\n' for name in names).encode())
    out, at = [], 0
    for _ in names:
        end = git.stdout.index(b'\n', at)
        size = int(git.stdout[at:end].split()[2])
        out.append(git.stdout[end + 1:end + 1 + size])
        at = end + size + 2
    return out


def main():
    model = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model('ecs', 'service-2'), 'ecs')
    shapes = {'_svcdef.json': model.operation_model('CreateService').input_shape,
              '_taskdef.json': model.operation_model('RegisterTaskDefinition').input_shape}
    validator = botocore.validate.ParamValidator()
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    templates, references, errors = {}, {}, 0
    for line in open(sys.argv[1], encoding='utf-8'):
        old, new, _ = line.split()
        old = EMPTY_TREE if not old.strip('0') else old
        diff = subprocess.run(['git', 'diff-tree', '-r', '-z', '--name-only', old, new], check=True,
                              stdout=subprocess.PIPE).stdout.decode().split('\0')
        paths = [path for path in diff if path.endswith(SUFFIXES)]
        texts = dict(zip(paths, read([f'{new}:{path}' for path in paths])))
        for path in paths:
            if not path.endswith('_input.json'):
                continue
            prefix = path[:-len('_input.json')]
            values = json.loads(texts[path])
            ref = values.pop('ref', {'file': []})
            for name in ref['file']:
                if name not in references:
                    references[name] = json.loads(read([f'{new}:{name}'])[0])
                values = {**{key: output['value'] for key, output in references[name].items()}, **values}
            for suffix in SUFFIXES[1:]:
                text = texts.get(prefix + suffix)
                if text is None:
                    continue
                if text not in templates:
                    templates[text] = environment.from_string(text.decode())
                document = json.loads(templates[text].render(values))
                if suffix in shapes and validator.validate(document, shapes[suffix]).has_errors():
                    errors += 1
    print(f'{len(paths)} files, {errors} errors')
    return errors > 0


if __name__ == '__main__':
    sys.exit(main())
