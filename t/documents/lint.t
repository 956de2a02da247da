# Two linters, which have nothing to do with each other, find nothing wrong with
# web/openapi.json, and its examples fit their schemas.  Each of them does find
# what is wrong with a document that is.

use strict;
use warnings;

use File::Temp ();
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use Inv::OpenAPI;

my %dir = Inv::OpenAPI::programs();
my $programs = "$FindBin::Bin/programs";
my $python = "$dir{DOCUMENTS_PYTHON}/bin/python";
$ENV{DOCUMENTS_NODE} = $dir{DOCUMENTS_NODE};

my %linter = (
    'openapi-spec-validator' => [$python, '-m', 'openapi_spec_validator'],
    'redocly' =>
        ["$dir{DOCUMENTS_PYTHON}/bin/node", "$programs/redocly.mjs"],
    'the examples' => [$python, "$programs/examples.py"],
);

# (status, output) of a linter on a file.
sub said {
    my ($linter, $file) = @_;
    my $pid = open my $out, '-|';
    die "fork: $!\n" if !defined $pid;
    if (!$pid) {
        open STDERR, '>&', \*STDOUT or die;
        exec { $linter->[0] } @{$linter}, $file or die;
    }
    local $/ = undef;
    my $text = <$out>;
    close $out;
    return ($?, $text);
}

for my $name (sort keys %linter) {
    my ($status, $text) = said($linter{$name}, Inv::OpenAPI::path());
    is($status, 0, "$name: nothing wrong") or diag $text;
    note $text;
}

# Documents that are wrong.
my $dir = File::Temp->newdir('inv-lint-XXXXXXXX', TMPDIR => 1);
my $file = "$dir/openapi.json";

sub spoil {
    my ($change) = @_;
    my $document = Inv::OpenAPI::document();
    $change->($document);
    open my $out, '>', $file or die "$file: $!\n";
    print {$out} JSON::PP->new->utf8->canonical->encode($document);
    close $out or die;
    return;
}

spoil(sub { shift @{ $_[0]{paths}{'/products/{id}'}{get}{parameters} } });
for my $name ('openapi-spec-validator', 'redocly') {
    my ($status) = said($linter{$name}, $file);
    isnt($status, 0, "$name: a parameter that is nowhere");
}
spoil(
    sub {
        $_[0]{components}{schemas}{Product}{properties}{sku}{'$ref'} = '#/no';
    }
);
for my $name ('openapi-spec-validator', 'redocly') {
    my ($status) = said($linter{$name}, $file);
    isnt($status, 0, "$name: a reference to nothing");
}
spoil(sub { $_[0]{components}{examples}{OutOfStock}{value}{available} = -1 });
my ($status, $text) = said($linter{'the examples'}, $file);
isnt($status, 0, 'the examples: a negative stock');
like($text, qr/-1 is less than the minimum of 0/, 'is told');

done_testing();
