# A purchase: its answers, its limits, and its entry in the ledger.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

use Inv::Books qw(operations);

my $t = Inv::Test->new->run;
my $product = $t->create(stock => 10);
my $path = $t->path($product);
my $buy = "$path/purchase";

my $r = $t->post($buy, { quantity => 2 });
$t->status_is($r, 200, 'two are bought');
is($r->header('Content-Type'), 'application/json', 'JSON');
same_json(
    $r->json,
    {   movementId => "$product->{id}-2",
        productId  => $product->{id},
        type       => 'purchase',
        quantity   => 2,
        remaining  => 8,
    },
    'the answer'
);
is($t->get($path)->json->{stock}, 8, 'and so it is read');
is($t->get($path)->json->{version}, 2, 'as a new version');

$r = $t->request(POST => $buy);
same_json([ @{ $r->json }{qw(quantity remaining movementId)} ],
    [ 1, 7, "$product->{id}-3" ], 'no body means one');
$r = $t->request(POST => $buy, body => '', type => '');
is($r->json->{remaining}, 6, 'so does an empty one');
$r = $t->request(POST => $buy, body => '{"quantity":2e0}');
is($r->number('remaining'), '4', '2e0 is 2');

# Too little
$r = $t->post($buy, { quantity => 5 });
$t->problem_is($r, 409, 'out-of-stock');
same_json([ @{ $r->json }{qw(requested available)} ], [ 5, 4 ],
    'requested and available');
is($t->get($path)->json->{version}, 5, 'nothing was written');
$t->status_is($t->post($buy, { quantity => 4 }), 200, 'the last four');
$r = $t->request(POST => $buy);
$t->problem_is($r, 409, 'out-of-stock');
same_json([ @{ $r->json }{qw(requested available)} ], [ 1, 0 ], 'none is left');

# Wrong
my %wrong = (
    '{"quantity":0}'             => ['/quantity'],
    '{"quantity":-1}'            => ['/quantity'],
    '{"quantity":1.5}'           => ['/quantity'],
    '{"quantity":"1"}'           => ['/quantity'],
    '{"quantity":null}'          => ['/quantity'],
    '{"quantity":1000001}'       => ['/quantity'],
    '{"quantity":1e300}'         => ['/quantity'],
    '{"quantity":1,"colour":1}'  => ['/colour'],
    '{"quantity":0,"colour":1}'  => [ '/colour', '/quantity' ],
    '{}'                         => ['/quantity'],
    '[]'                         => [''],
);
$t->pointers_are($t->request(POST => $buy, body => $_), $wrong{$_}, $_)
    for sort keys %wrong;
$t->problem_is($t->request(POST => $buy, body => '{'), 400, 'malformed-json');
$t->problem_is($t->request(POST => $buy, body => '{}', type => 'text/plain'),
    415, 'unsupported-media-type');
$t->problem_is(
    $t->request(POST => '/api/products/000000000000000000000000/purchase'),
    404, 'not-found', 'no such product');
$t->problem_is($t->request(POST => '/api/products/xyz/purchase'),
    404, 'not-found', 'no id');

# The greatest quantity
my $large = $t->create(stock => 9007199254740991);
$r = $t->post($t->path($large, 'purchase'), { quantity => 1_000_000 });
is($r->number('remaining'), '9007199253740991', 'a million off 2^53 - 1');
$t->books_ok($large);

# If-Match
my $dear = $t->create(stock => 3);
$buy = $t->path($dear, 'purchase');
for my $step ([ '"7"', 412 ], [ '"1"', 200 ], [ '"1"', 412 ], [ 'W/"2"', 200 ],
    [ '*', 200 ], [ '"4"', 409 ], [ '"3"', 412 ])
{
    my ($tag, $status) = @{$step};
    $t->status_is($t->request(POST => $buy, headers => [ 'If-Match' => $tag ]),
        $status, "If-Match: $tag");
}
$t->problem_is($t->request(POST => $buy, headers => [ 'If-Match' => 'x' ]),
    400, 'bad-request', 'If-Match that is no list of tags');
$t->books_ok($dear);

# The ledger: one entry a purchase, all of them there soon, none in the outbox.
my @operations = operations($t->mongo, $product->{id});
is(join(' ', map {"$_->{seq}:$_->{t}:$_->{d}"} @operations),
    '1:set:10 2:purchase:-2 3:purchase:-1 4:purchase:-1 5:purchase:-2 '
        . '6:purchase:-4',
    'every movement');
$t->books_ok($product);
ok(
    wait_until(
        sub { !@{ $t->mongo->product($product->{id})->{outbox} // [] } }
    ),
    'the outbox is drained'
);
is(scalar $t->mongo->find('ledger',
        { productId => Inv::Mongo::oid($product->{id}) }),
    6, 'into the ledger');
$t->books_ok($product, 'which balances alone');

$t->done;
