# A product that is created with an Idempotency-Key is created once.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;
$t->run_beside('second');
my @ports = ($t->port('main'), $t->port('second'));

my $keys = 0;
sub create_request {
    my (%member) = @_;
    return [
        POST    => '/api/products',
        json    => { name => 'n', price => 2.5, %member },
        headers => [ 'Idempotency-Key' => 'create-' . ++$keys ],
    ];
}

sub count_of { my ($sku) = @_; return scalar $t->mongo->find('products', { sku => $sku }) }

# Again and again, here and there; also after it was changed.
my $request = create_request(sku => 'one', stock => 4);
my $first = $t->request(@{$request});
$t->status_is($first, 201, 'created');
is($first->header('Idempotency-Replayed'), undef, 'the first');
my $product = $first->json;
my $change = sub { $t->post($t->path($product, 'purchase'), { quantity => 1 }) };
for my $port (@ports, @ports) {
    my $again = $t->request(@{$request}, port => $port);
    is($again->status . $again->body, '201' . $first->body, 'the same answer');
    is($again->header('Idempotency-Replayed'), 'true', 'and it says so');
    is($again->header('Location'), $first->header('Location'), 'Location');
    $change->();
}
is(count_of('one'), 1, 'one product');
$t->books_ok($product);

# A taken sku stays refused.
$request = create_request(sku => 'one');
my $refused = $t->request(@{$request});
$t->problem_is($refused, 409, 'sku-taken');
$t->delete($t->path($product));
for my $port (@ports) {
    my $again = $t->request(@{$request}, port => $port);
    is($again->status . $again->body, '409' . $refused->body, 'still refused');
}
is(count_of('one'), 0, 'and nothing is made');

# Another body, and one that is wrong.
$request = create_request(sku => 'two');
$t->status_is($t->request(@{$request}), 201, 'two');
$t->problem_is($t->request(@{$request}, json => { name => 'm', price => 1 }),
    422, 'idempotency-conflict');
$request = create_request(sku => 'three');
$t->pointers_are($t->request(@{$request}, json => { name => 'm' }), ['/price']);
$t->status_is($t->request(@{$request}), 201, 'a wrong body leaves it unused');

# Duplicates at the same time, at both.
for my $round (1 .. 5) {
    $request = create_request(sku => "round-$round", stock => 7);
    my @answers
        = $t->all(map { [ @{$request}, port => $ports[ $_ % 2 ] ] } 1 .. 20);
    is_deeply($t->tally(@answers), { 201 => 20 }, "round $round: created");
    my %body = map { $_->body => 1 } @answers;
    is(scalar keys %body, 1, "round $round: all are told the same");
    is(scalar(grep { !defined $_->header('Idempotency-Replayed') } @answers),
        1, "round $round: one is the first");
    is(count_of("round-$round"), 1, "round $round: one product");
    $t->books_ok($answers[0]->json);
}

$t->done;
