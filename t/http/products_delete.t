# DELETE of a product.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;

my $product = $t->create(sku => 'GONE', stock => 2);
my $path = $t->path($product);
$t->get($path) for 1 .. 3;

my $r = $t->delete($path);
$t->status_is($r, 204, 'deleted');
is($r->body, '', 'no body');
for my $n (1 .. 6) {
    $t->problem_is($t->get($path), 404, 'not-found', "read $n finds nothing");
}
$t->problem_is($t->delete($path), 404, 'not-found', 'deleted once');
$t->problem_is($t->patch($path, { name => 'x' }), 404, 'not-found', 'PATCH');
$t->problem_is($t->put($path, { name => 'x', price => 1 }), 404, 'not-found',
    'PUT');
$t->problem_is($t->post("$path/purchase", {}), 422, 'invalid-request',
    'a wrong purchase is told first');
$t->problem_is($t->request(POST => "$path/purchase"), 404, 'not-found',
    'purchase');
is(scalar(grep { $_->{id} eq $product->{id} }
        @{ $t->get('/api/products?limit=100')->json->{items} }),
    0, 'not in the list');
$t->status_is($t->post('/api/products',
    { name => 'Next', price => 1, sku => 'GONE' }), 201, 'its sku is free');
$t->problem_is($t->delete('/api/products/000000000000000000000000'),
    404, 'not-found', 'nothing to delete');

# Preconditions
$product = $t->create(stock => 1);
$path = $t->path($product);
$t->request(POST => "$path/purchase");
$t->problem_is($t->delete($path, headers => [ 'If-Match' => '"1"' ]),
    412, 'precondition-failed', 'an old version');
$t->status_is($t->delete($path, headers => [ 'If-Match' => '"2"' ]),
    204, 'the version as it is');

# In use
$product = $t->create(stock => 5);
$path = $t->path($product);
is($t->mongo->update('products', { _id => Inv::Mongo::oid($product->{id}) },
        { '$set' => { reserved => Inv::Mongo::long(2) } }),
    1, 'two are reserved');
$t->problem_is($t->delete($path), 409, 'in-use', 'a reserved product stays');
$t->status_is($t->request(POST => "$path/purchase"), 200, 'and sells');

# Of many who delete, one does; purchases meanwhile are whole or not at all.
for my $round (1 .. 5) {
    $product = $t->create(stock => 100);
    $path = $t->path($product);
    my @answers = $t->all(
        (map { [ POST   => "$path/purchase" ] } 1 .. 10),
        (map { [ DELETE => $path ] } 1 .. 5),
        (map { [ POST   => "$path/purchase" ] } 1 .. 10),
    );
    is_deeply($t->tally(@answers[ 10 .. 14 ]), { 204 => 1, 404 => 4 },
        "round $round: one delete");
    my $sold = grep { $_->status == 200 } @answers;
    my $gone = grep { $_->status == 404 } @answers[ 0 .. 9, 15 .. 24 ];
    is($sold + $gone, 20, 'each purchase got its product or 404');
    my @taken = grep { $_->{t} eq 'purchase' }
        Inv::Books::operations($t->mongo, $product->{id});
    is(scalar @taken, $sold, 'what was sold is in the books');
}

$t->done;
