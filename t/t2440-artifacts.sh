#!/bin/sh

test_description='artifacts with many features are right, and each mistake is one finding'

. ./test-lib.sh

# judge <table>: the findings of each object of the table, and what it wants
judge () {
	rm -rf work &&
	git init -q work &&
	perl -MJSON::PP -0777 -e '
		for my $case (@{decode_json(<STDIN>)}) {
			mkdir "work/$case->{name}" or die;
			print join(", ", $case->{name}, @{$case->{want}}), "\n";
			for my $file (sort keys %{$case->{files}}) {
				open(my $out, ">", "work/$case->{name}/$file") or die;
				print $out JSON::PP->new->pretty->canonical->encode($case->{files}{$file});
			}
		}' <"$TEST_DIRECTORY/data/check/$1" >want &&
	{ git -C work gitops check --all --format=json >json || test $? = 1; } &&
	perl -MJSON::PP -0777 -ne '
		my %found;
		for my $f (@{decode_json($_)->{findings}}) {
			my ($name) = split(m{/}, $f->{path});
			push @{$found{$name}}, "$f->{severity} $f->{rule}";
		}
		print join(", ", $_, sort @{$found{$_}}), "\n" for sort keys %found' json >found
}

test_expect_success 'what is right has no finding' '
	judge valid.json &&
	test_must_be_empty found &&
	test_line_count -gt 25 want
'

test_expect_success 'each mistake is found once' '
	judge mistakes.json &&
	sort want >expect &&
	sort found >actual &&
	test_cmp expect actual &&
	test_line_count -gt 80 actual
'

test_done
