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

# If-None-Match: what must not be there already (RFC 9110, 13.1.2)
my $nothing = '/api/products/000000000000000000000000';
my %write = (
    PUT    => sub { return $t->put(shift, { name => 'no', price => 9 }, @_) },
    PATCH  => sub { return $t->patch(shift, { name => 'no' }, @_) },
    DELETE => sub { return $t->delete(@_) },
);
my $version = $t->get($path)->json->{version};
for my $method (sort keys %write) {
    my $write = sub {
        my ($where, @conditions) = @_;
        return $write{$method}->($where, headers => [@conditions]);
    };
    for my $case (
        [ '*' ], [qq{"$version"}], [qq{"x", W/"$version"}],
        [ '*',     'If-Match'      => '*' ],
        [ '*',     'If-Match'      => qq{"$version"} ],
        [ qq{"$version"}, 'If-Match' => qq{"$version"} ],
        [ '"x"',          'If-Match' => '"x"' ],
        )
    {
        $t->problem_is(
            $write->($path, 'If-None-Match' => @{$case}),
            412, 'precondition-failed', "$method, not @{$case}"
        );
    }
    $t->problem_is($write->($path, 'If-None-Match' => $_),
        400, 'bad-request', "$method, not $_")
        for $version, '*, "1"', 'W/*';
    $t->problem_is($write->($nothing, 'If-None-Match' => $_),
        404, 'not-found', "$method, not $_, of nothing")
        for '*', '"1"';
}
is($t->get($path)->json->{version}, $version, 'nothing of these was done');

$r = $write{PUT}->($path, headers => [ 'If-None-Match' => '"x", "1"' ]);
$t->status_is($r, 200, 'none of these versions');
is($r->json->{version}, ++$version, 'is written');
$r = $write{PATCH}->(
    $path,
    headers => [ 'If-None-Match' => '"x"', 'If-Match' => qq{"$version"} ]
);
$t->status_is($r, 200, 'this one, and none of those');
$t->status_is($t->post('/api/products', { name => 'new', price => 1 },
        headers => [ 'If-None-Match' => '*' ]), 201, 'what is made is not there');

# What must not be the version is not, also where others write at the same time.
my $late = 0;
for my $round (1 .. 10) {
    my $not = $t->get($path)->json->{version} + 1 + $round % 3;
    my @answers = $t->all(
        map {
            ([ POST => "$path/restock", json => { quantity => 1 } ],
             [  PATCH   => $path,
                json    => { name => "$round.$_, not $not" },
                headers => [ 'If-None-Match' => qq{"$not"} ],
             ])
        } 1 .. 4
    );
    is_deeply([ grep { !/^(?:200|412)$/ } map { $_->status } @answers ],
        [], "round $round");
    $late += grep { $_->json->{name} && $_->json->{version} == $not + 1 }
        grep { $_->status == 200 } @answers;
}
is($late, 0, 'If-None-Match holds while others restock');

$t->books_ok($product);
$t->status_is($write{DELETE}->($path, headers => [ 'If-None-Match' => '"x"' ]),
    204, 'none of these: deleted');
$t->done;
