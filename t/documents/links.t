# The pages: every link to a file or to a heading leads somewhere, every page is
# found from the README, and the README's table of contents is whole.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Markdown;

my $root = abs_path("$FindBin::Bin/../..");
my @files = map { substr $_, 1 + length $root }
    grep {-f} glob "$root/*.md $root/docs/*.md $root/*/README.md";
my %page = map { $_ => Inv::Markdown->new($root, $_) } @files;

# a/b/../c is a/c.
sub plain {
    my ($path) = @_;
    1 while $path =~ s{(?:^|(?<=/))(?!\.\./)[^/]+/\.\./}{};
    return $path;
}

# Where a link of a page leads: (file, anchor).
sub target {
    my ($file, $link) = @_;
    my ($path, $anchor) = split /#/, $link, 2;
    return ($file, $anchor) if $path eq '';
    my $dir = dirname($file);
    return (plain($dir eq '.' ? $path : "$dir/$path"), $anchor);
}

my (%reached, @wrong);
for my $file (@files) {
    for my $link ($page{$file}->links) {
        next if $link->{target} =~ /^[a-z]+:/;
        my ($path, $anchor) = target($file, $link->{target});
        my $where = "$file:$link->{line}: $link->{target}";
        push @{ $reached{$file} }, $path;
        if (!-e "$root/$path") {
            push @wrong, "$where: no such file";
        } elsif (defined $anchor) {
            my @anchors = $page{$path} ? $page{$path}->anchors : ();
            push @wrong, "$where: no such heading"
                if !grep { $_ eq $anchor } @anchors;
        }
    }
}
is(join("\n", @wrong), '', 'every link leads somewhere');

# From the README, link by link.
my %found = ('README.md' => 1);
my @next = 'README.md';
while (defined(my $file = shift @next)) {
    push @next, grep { $page{$_} && !$found{$_}++ } @{ $reached{$file} // [] };
}
is(join(' ', grep { /^docs\// && !$found{$_} } @files), '',
    'every page of docs/ is found from the README');

# Each heading in its order, with its own link.
my $readme = $page{'README.md'};
my @headings = grep { $_->{level} =~ /^[23]$/ && $_->{text} ne 'Table of contents' }
    $readme->headings;
my ($first) = grep { $_->{text} eq 'Table of contents' } $readme->headings;
my @listed = map { $_->{target} }
    grep { $_->{line} > $first->{line} && $_->{line} < $headings[0]{line} }
    $readme->links;
is_deeply(\@listed, [ map { '#' . Inv::Markdown::anchor_of($_->{text}) } @headings ],
    'the table of contents has every heading of the README, in order');

done_testing();
