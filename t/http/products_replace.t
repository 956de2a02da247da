# PUT of a product.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

use Inv::Books qw(operations);

my $t = Inv::Test->new->run;
my $product = $t->create(
    name => 'Before', price => 5, sku => 'PUT-1', stock => 4, lowStock => 1,
    category => 'old', tags => ['a'], description => 'Long.',
);
my $path = $t->path($product);

my $r = $t->put($path, { name => 'After', price => 6.25 });
$t->status_is($r, 200, 'replaced');
is($r->header('ETag'), '"2"', 'a new version');
same_json(
    $r->json,
    {   id        => $product->{id},
        name      => 'After',
        price     => 6.25,
        stock     => 4,
        reserved  => 0,
        version   => 2,
        createdAt => $product->{createdAt},
        updatedAt => $r->json->{updatedAt},
    },
    'what is not said is gone; the stock stays'
);
cmp_ok($r->json->{updatedAt}, 'ge', $product->{createdAt}, 'updatedAt');
same_json($t->get($path)->json, $r->json, 'and so it is read');

$r = $t->put($path, { name => 'After', price => 6.25, stock => 9 });
is($r->json->{stock}, 9, 'stock is set');
is($r->json->{version}, 3, 'in one version');

$r = $t->put($path, { name => 'After', price => 6.25, stock => 9 });
$t->status_is($r, 200, 'the same again');
is($r->json->{version}, 3, 'changes nothing');
is($r->header('ETag'), '"3"', 'nor the ETag');

my @operations = operations($t->mongo, $product->{id});
is(join(' ', map {"$_->{t}:$_->{d}"} @operations), 'set:4 edit:0 set:5',
    'the ledger has each change');
$t->books_ok($product);

# Refusals
$t->pointers_are($t->put($path, { price => 1 }), ['/name'], 'name is required');
$t->pointers_are($t->put($path, { name => 'x', price => 1, version => 3 }),
    ['/version'], 'version is read-only');
$t->problem_is($t->put('/api/products/000000000000000000000000',
        { name => 'x', price => 1 }), 404, 'not-found', 'no upsert');
$t->pointers_are($t->put('/api/products/000000000000000000000000', {}),
    [ '/name', '/price' ], 'a wrong body is told first');

my $other = $t->create(sku => 'PUT-2');
$t->problem_is($t->put($path, { name => 'x', price => 1, sku => 'PUT-2' }),
    409, 'sku-taken');
$t->status_is($t->put($path, { name => 'x', price => 1, sku => 'PUT-1' }),
    200, 'a sku that was given up is free');

# If-Match
$r = $t->put($path, { name => 'y', price => 1 },
    headers => [ 'If-Match' => '"3"' ]);
$t->problem_is($r, 412, 'precondition-failed', 'an old version');
$r = $t->put($path, { name => 'y', price => 1 },
    headers => [ 'If-Match' => '"9", W/"4"' ]);
$t->status_is($r, 200, 'the version as it is');
$t->status_is($t->put($path, { name => 'z', price => 1 },
    headers => [ 'If-Match' => '*' ]), 200, 'If-Match: *');
$t->problem_is($t->put('/api/products/000000000000000000000000',
        { name => 'x', price => 1 }, headers => [ 'If-Match' => '"1"' ]),
    404, 'not-found', 'If-Match on nothing');
$t->problem_is($t->put($path, { name => 'x', price => 1 },
        headers => [ 'If-Match' => '3' ]), 400, 'bad-request',
    'If-Match that is no list of tags');

$t->books_ok($product);
$t->done;
