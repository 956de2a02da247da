# Trace ids: continued, replaced, in every answer, in the ledger.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

use Inv::Books qw(operations);

my $t = Inv::Test->new->run;
my $product = $t->create(stock => 100);
my $path = $t->path($product);
my $id = '4bf92f3577b34da6a3ce929d0e0e4736';
my $span = '00f067aa0ba902b7';

sub trace_of {
    my (@values) = @_;
    return $t->get($path, headers => [ map { (traceparent => $_) } @values ])
        ->header('Trace-Id') // 'none';
}

is(trace_of($_), $id, "continued: $_") for (
    "00-$id-$span-01", "00-$id-$span-00", "00-$id-$span-ff",
    "01-$id-$span-01", "cc-$id-$span-01-what-the-future-is-like",
);
my @bad = (
    "00-$id-$span", "00-$id-$span-01-more", "00-$id-$span-1",
    '00-' . uc($id) . "-$span-01", "00-" . '0' x 32 . "-$span-01",
    "00-$id-" . '0' x 16 . '-01', "ff-$id-$span-01", "01-$id-$span-01x",
    "00-${id}0-$span-01", "00_${id}_${span}_01", 'x', '',
    "00-$id-$span-0g",
);
for my $value (@bad) {
    my $trace = trace_of($value);
    like($trace, qr/^[0-9a-f]{32}$/, "replaced: '$value'");
    isnt($trace, $id, 'by another');
}
my %fresh = map { trace_of() => 1 } 1 .. 10;
is(scalar keys %fresh, 10, 'without one, each request has its own');

# Every kind of answer carries it.
my @headers = (headers => [ traceparent => "00-$id-$span-01" ]);
my @answers = (
    $t->get($path, @headers),
    $t->get($path, headers => [ @{ $headers[1] }, 'If-None-Match' => '"1"' ]),
    $t->head($path, @headers),
    $t->request(OPTIONS => $path, @headers),
    $t->get('/api/products', @headers),
    $t->get('/api/nothing', @headers),
    $t->request(POST => '/api/products', body => '{', @headers),
    $t->request(POST => '/api/products', body => ' ' x 1_100_000, @headers),
    $t->request(POST => "$path/purchase", @headers),
    $t->request(POST => "$path/purchase", json => { quantity => 1000 }, @headers),
    $t->request(PROPFIND => $path, @headers),
    $t->delete($t->path($t->create), @headers),
    $t->get('/health/live', @headers),
);
is(join(' ', map { $_->status } @answers),
    '200 304 200 204 200 404 400 413 200 409 405 204 200', 'many answers');
is(join(' ', map { $_->header('Trace-Id') // 'none' } @answers[ 0 .. 11 ]),
    join(' ', ($id) x 12), 'each has the trace id');

my ($movement) = grep { $_->{t} eq 'purchase' }
    operations($t->mongo, $product->{id});
is($movement->{trace}, $id, 'so has the ledger');

$t->done;
