#!/usr/bin/env python3
"""Make documents of AWS's input shapes with one change each, and judge them with botocore.

usage: schema-documents.py <count> <seed>

One line each: operation, a tab, the document, a tab, what is right ("ok" or
"bad"), a tab, what was done to it: one fault, or none, or something odd that
is right nevertheless. The judge is botocore's ParamValidator; what it does not
look at is judged by what was done, and listed in STRICTER: enumerations, upper
bounds, patterns, true for 1, numbers beyond 64 bits, and what a blob or a time
may be.
"""
import gzip
import json
import math
import pathlib
import random
import re
import string
import sys

import botocore
import botocore.model
import botocore.validate

OPERATIONS = [
    ('ecs', '2014-11-13', 'CreateService'),
    ('ecs', '2014-11-13', 'RegisterTaskDefinition'),
    ('ecs', '2014-11-13', 'CreateTaskSet'),
    ('ecs', '2014-11-13', 'UpdateService'),
    ('lambda', '2015-03-31', 'CreateFunction'),
    ('lambda', '2015-03-31', 'CreateEventSourceMapping'),
    ('lambda', '2015-03-31', 'CreateFunctionUrlConfig'),
]
STRICTER = ('enum', 'above max', 'pattern', 'boolean for number', 'huge', 'map key', 'type of a blob or time')
WRONG = {'structure': ['x', 1, True, 1.5, []], 'list': ['x', 1, True, {}, 0.5],
         'map': ['x', [], 1, False], 'string': [1, True, [], {}, 1.5, ['x']],
         'boolean': ['true', 'false', 1, 0, [], {}, 1.5], 'blob': [[], {}], 'timestamp': [[], {}],
         'integer': ['1', '', [], {}, 'x', 1.5, 2.0, -0.0, 1e300], 'float': ['1', '1.5', [], {}, 'x']}
WRONG['long'], WRONG['double'] = WRONG['integer'], WRONG['float']
SAMPLES = [  # for patterns: the first that matches is taken
    'a', 'abc', 'my-function', 'subnet-0a1', 'sg-0a1', '/mnt/data', 'my-bucket', 'host.example.com:9092',
    'index.handler', 'arn:aws:iam::123456789012:role/lambda-role',
    'arn:aws:lambda:us-east-1:123456789012:layer:mine:3',
    'arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0',
    'arn:aws:lambda:us-east-1:123456789012:capacity-provider:mine',
    'arn:aws:lambda:us-east-1::runtime/0123456789012345678901234567890123456789',
    'arn:aws:lambda:us-east-1:123456789012:runtime/0123456789012345678901234567890123456789',
    'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0',
    'arn:aws:sqs:us-east-1:123456789012:queue', 'http://registry.example.com/x',
]


def load(service, version):
    path = pathlib.Path(botocore.__file__).parent / 'data' / service / version / 'service-2.json.gz'
    return botocore.model.ServiceModel(json.loads(gzip.decompress(path.read_bytes())), service)


class Maker:
    def __init__(self, rng):
        self.rng = rng

    def text(self, shape):
        if shape.enum:
            return self.rng.choice(shape.enum)
        low, high = shape.metadata.get('min', 0), shape.metadata.get('max', 40)
        pattern = shape.metadata.get('pattern')
        if pattern:
            pattern = pattern.replace(r'\p{L}', 'a-zA-Z').replace(r'\p{Z}', ' ').replace(r'\p{N}', '0-9')
            fits = [s for s in SAMPLES if low <= len(s) <= high and re.fullmatch(pattern, s)]
            if not fits:
                raise ValueError(f'no sample for {shape.name}: {pattern}')
            return self.rng.choice(fits)
        size = self.rng.randint(low, max(low, min(high, low + 12)))
        return ''.join(self.rng.choice(string.ascii_letters + ' é€"\\') for _ in range(size))

    def value(self, shape, depth=0):
        kind = shape.type_name
        if kind == 'structure':
            if shape.is_document_type:
                return {'any': ['thing', 1, True]}
            names = list(shape.members)
            if shape.is_tagged_union:
                names = [self.rng.choice(names)]
            out = {}
            for name in names:
                wanted = name in shape.required_members or shape.is_tagged_union
                if wanted or (depth < 6 and self.rng.random() < (0.5 if depth == 0 else 0.35)):
                    out[name] = self.value(shape.members[name], depth + 1)
            return out
        low, high = shape.metadata.get('min'), shape.metadata.get('max')
        if kind == 'list':
            count = self.rng.randint(low or 0, min(high if high is not None else 3, (low or 0) + 2))
            return [self.value(shape.member, depth + 1) for _ in range(count)]
        if kind == 'map':
            out = {}
            count = self.rng.randint(low or 0, max(low or 0, 2))
            for _ in range(count):
                out[self.text(shape.key)] = self.value(shape.value, depth + 1)
            return out
        if kind == 'string':
            return self.text(shape)
        if kind in ('integer', 'long'):
            low = -5 if low is None else low
            return self.rng.randint(low, min(high if high is not None else low + 1000, low + 100000))
        if kind in ('float', 'double'):
            low = -5 if low is None else low
            return round(self.rng.uniform(low + 0.01, high if high is not None else low + 100), 2)
        if kind == 'boolean':
            return self.rng.random() < 0.5
        if kind == 'timestamp':
            return '2015-08-30T12:36:00Z'
        if kind == 'blob':
            return 'QUJD'
        raise ValueError(kind)

    def bad_text(self, shape):
        """A text of the right length whose form is wrong, or None."""
        low, high = shape.metadata.get('min', 0), shape.metadata.get('max', 99)
        if shape.enum:
            return 'NOT_THIS'
        pattern = shape.metadata.get('pattern', '.*')
        if pattern in ('.*', r'[\s\S]*'):
            return '' if low else None
        pattern = pattern.replace(r'\p{L}', 'a-zA-Z').replace(r'\p{Z}', ' ').replace(r'\p{N}', '0-9')
        bad = [s for s in ('!', '!!!', '***', '\n\n\n\n', ' ' * 50 + '!', 'a\n')
               if low <= len(s) <= high and not re.fullmatch(pattern, s)]
        return self.rng.choice(bad) if bad else None

    def places(self, shape, value, put, out):
        """Every place in the document, with its shape and a way to change it."""
        out.append((shape, value, put))
        kind = shape.type_name
        if kind == 'structure' and not shape.is_document_type:
            for name in value:
                self.places(shape.members[name], value[name],
                            lambda new, v=value, n=name: v.__setitem__(n, new), out)
        elif kind == 'list':
            for i, item in enumerate(value):
                self.places(shape.member, item, lambda new, v=value, n=i: v.__setitem__(n, new), out)
        elif kind == 'map':
            for name in value:
                self.places(shape.value, value[name],
                            lambda new, v=value, n=name: v.__setitem__(n, new), out)
        return out

    def mutate(self, shape, document):
        """One fault in place; returns what was done, or None when the place has none to offer."""
        places = self.places(shape, document, None, [])
        at, value, put = self.rng.choice(places)
        kind, low, high = at.type_name, at.metadata.get('min'), at.metadata.get('max')
        if kind == 'structure' and getattr(at, 'is_document_type', False):
            return None
        choices = []
        if kind == 'structure':
            choices.append('unknown')
            if at.required_members and not at.is_tagged_union:
                choices.append('missing')
            if at.is_tagged_union:
                choices += ['two of a union', 'none of a union']
        if kind == 'map' and value:
            choices.append('map key')
        if put:
            choices += ['type', 'null']
            if kind in ('float', 'double'):
                choices.append('integer for double')
            if kind in ('integer', 'long') and high is None:
                choices.append('huge')
            if kind in ('integer', 'long', 'float', 'double'):
                choices += ['at min'] if low is not None else []
                choices += ['at max'] if high is not None else []
            if kind == 'string' and not at.enum and 'pattern' not in at.metadata:
                choices += ['at min'] if low else []
                choices += ['at max'] if high is not None and high < 5000 else []
            if kind == 'list' and not (value and isinstance(value[0], list)):
                choices.append('list in a list')
            if kind in ('integer', 'long', 'float', 'double'):
                choices.append('boolean for number')
                choices += ['below min'] if low is not None else []
                choices += ['above max'] if high is not None else []
            if kind == 'string':
                choices += ['enum'] if at.enum else []
                choices += ['below min'] if low and not at.enum else []
                choices += ['above max'] if high is not None and high < 5000 and not at.enum else []
                if at.metadata.get('pattern', '.*') not in ('.*', r'[\s\S]*') and (high or 99) > 3:
                    choices.append('pattern')
            if kind == 'list':
                choices += ['below min'] if low else []
        fault = self.rng.choice(choices)
        if fault == 'unknown':
            value[self.rng.choice(['zzUnknown', 'x', 'Cpu', 'é'])] = 1
        elif fault == 'missing':
            name = self.rng.choice(at.required_members)
            if name not in value:
                return None
            del value[name]
        elif fault == 'null':
            put(None)
        elif fault in ('two of a union', 'none of a union'):
            spare = [name for name in at.members if name not in value]
            if fault[0] == 'n' or not spare:
                value.clear()
            else:
                value[spare[0]] = self.value(at.members[spare[0]], 9)
        elif fault == 'map key':
            bad = self.bad_text(at.key)
            if bad is None or bad in value:
                return None
            value[bad] = value.pop(next(iter(value)))
        elif fault == 'list in a list':
            put([value])
        elif fault == 'integer for double':
            put(max(0 if low is None else math.ceil(low), 0 if high is None else min(1, math.floor(high))))
        elif fault == 'huge':
            put(self.rng.choice([2**63, -2**64, 10**40]))
        elif fault in ('at min', 'at max'):
            bound = low if fault == 'at min' else high
            put(bound if kind != 'string' else self.rng.choice(['a', 'é', '€', '\U0001f600']) * bound)
        elif fault == 'boolean for number':
            put(self.rng.random() < 0.5)
        elif fault == 'enum':
            put(self.rng.choice(['NOT_THIS', '', value.lower() + '_']))
        elif fault == 'below min':
            # in characters: their bytes are enough
            put('\U0001f600' * (low - 1) if isinstance(value, str) else
                value[:low - 1] if isinstance(value, list) else low - 1)
        elif fault == 'above max':
            put(high + 1 if not isinstance(value, str) else self.rng.choice('aé') * (high + 1))
        elif fault == 'pattern':
            bad = self.bad_text(at)
            if bad is None:
                return None
            put(bad)
        elif fault == 'type':
            put(self.rng.choice(WRONG[kind]))
            if kind in ('blob', 'timestamp'):
                return 'type of a blob or time'
        return fault


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    maker = Maker(rng)
    validator = botocore.validate.ParamValidator()
    shapes = {}
    for n in range(count):
        key = service, version, operation = rng.choice(OPERATIONS)
        if key not in shapes:
            shapes[key] = load(service, version).operation_model(operation).input_shape
        shape = shapes[key]
        document = maker.value(shape)
        done = maker.mutate(shape, document) if n % 3 else 'nothing'
        verdict = 'bad' if validator.validate(document, shape).has_errors() else 'ok'
        if done in STRICTER:
            verdict = 'bad'
        print(f'{service}:{operation}', json.dumps(document, ensure_ascii=rng.random() < 0.5), verdict,
              done, sep='\t')


if __name__ == '__main__':
    main()
