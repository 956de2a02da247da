# POST stock/batch: many operations in one request, each on its own; their
# keys, and that of the request.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use JSON::PP;

use Inv::HTTP;
use Inv::Test;

use constant MAX     => 9_007_199_254_740_991;
use constant PATH    => '/api/stock/batch';
use constant UNKNOWN => '0' x 23 . '1';

my $t = Inv::Test->new;
my @http = (http => 'inventory_principal $http_x_user;');
$t->run(@http);
$t->run_beside('second', @http);

sub batch {
    my ($lines, @rest) = @_;
    return $t->post(PATH, { operations => $lines }, @rest);
}

sub key { my ($key) = @_; return (headers => [ 'Idempotency-Key' => $key ]) }

sub purchase {
    my ($product, $quantity, @more) = @_;
    return {
        productId => ref $product ? $product->{id} : $product,
        type      => 'purchase',
        quantity  => $quantity,
        @more,
    };
}

sub stock { my ($product) = @_; return $t->get($t->path($product))->json->{stock} }

# What a line was answered with, shortly.
sub short {
    my ($result) = @_;
    return "left $result->{remaining}" if exists $result->{movementId};
    my ($slug) = ($result->{type} // '') =~ /^urn:ngx-inventory:(.*)$/;
    return $result->{status} . ' ' . ($slug // 'no slug');
}

sub results_are {
    my ($r, $expected, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return if !$t->status_is($r, 200, "$name: 200");
    return is_deeply([ map { short($_) } @{ $r->json->{results} } ],
        $expected, $name);
}

# One line
my $product = $t->create(stock => 10, sku => 'ONE');
my $id      = $product->{id};
my $r = batch([ purchase($product, 2) ]);
$t->status_is($r, 200, 'one line');
is($r->header('Content-Type'), 'application/json', 'JSON');
is($r->header('ETag'), undef, 'no ETag');
same_json(
    $r->json,
    {   results => [
            {   movementId => "$id-2",
                productId  => $id,
                type       => 'purchase',
                quantity   => 2,
                remaining  => 8,
            }
        ]
    },
    'its answer'
);
is(stock($product), 8, 'and so it is read');
$r = batch([ purchase($product, 1) ], headers => [ 'If-Match' => '"99"' ]);
results_are($r, ['left 7'], 'If-Match means nothing here');

# Every kind of line, each answered in its place
my $full = $t->create(stock => MAX);
$r = batch([
    { productId => $id, type => 'restock', quantity => 5, reference => 'PO-1' },
    purchase($product, 100),
    { productId => $id, type => 'adjust', delta => -3 },
    purchase(UNKNOWN, 1),
    purchase('nonsense', 1),
    { sku => 'ONE', type => 'purchase', quantity => 1 },
    { sku => 'NONE', type => 'purchase', quantity => 1 },
    purchase($product, 0),
    { productId => $id, type => 'sell', quantity => 1 },
    { productId => $id, sku => 'ONE', type => 'purchase', quantity => 1 },
    17,
    { productId => $full->{id}, type => 'restock', quantity => 1 },
    purchase($product, 1, key => 'not "one'),
]);
results_are(
    $r,
    [   'left 12',             '409 out-of-stock',
        'left 9',              '404 not-found',
        '404 not-found',       'left 8',
        '404 not-found',       '422 invalid-request',
        '422 invalid-request', '422 invalid-request',
        '422 invalid-request', '422 invalid-request',
        '422 invalid-request',
    ],
    'all kinds of lines'
);
my @results = @{ $r->json->{results} };
cmp_ok($results[1]{requested}, '==', 100, 'out of stock: requested');
like($results[1]{available}, qr/^\d+$/, 'and available');
is($results[7]{errors}[0]{pointer}, '/operations/7/quantity', 'a pointer');
is($results[10]{errors}[0]{pointer}, '/operations/10', 'to a line');
is($results[11]{errors}[0]{pointer}, '/operations/11/quantity',
    'to what passes the maximum');
is($results[12]{errors}[0]{pointer}, '/operations/12/key', 'to a key');
ok(!Inv::Test::leaks($r), 'nothing leaks');
is(stock($product), 8, 'the sum is exact');
$t->books_ok($_) for $product, $full;
results_are(batch([ {}, [] ]), [ ('422 invalid-request') x 2 ],
    'nothing is left to do');

# The whole is wrong
$t->pointers_are(batch([]), ['/operations'], 'no lines');
$t->pointers_are(batch([ (purchase($product, 1)) x 1001 ]),
    ['/operations'], '1,001 lines');
$t->pointers_are($t->post(PATH, {}), ['/operations'], 'no operations');
$t->problem_is($t->get(PATH), 405, 'method-not-allowed');
$t->problem_is($t->request(POST => PATH, body => '{'), 400, 'malformed-json');
is(stock($product), 8, 'nothing was done');

# A thousand lines, each wrong in many ways: an answer that is bounded
my $wrong = '{' . join(',', map {"\"x$_\":1"} 1 .. 25) . '}';
$r = $t->request(POST => PATH,
    body => '{"operations":[' . join(',', ($wrong) x 1000) . ']}');
$t->status_is($r, 200, 'a thousand wrong lines');
is(scalar(grep { $_->{status} == 422 } @{ $r->json->{results} }), 1000,
    'all told');
cmp_ok(length $r->text, '<', 1 << 20, 'in less than 1 MiB');

# A thousand lines on one product
my $hot = $t->create(stock => 900);
$r = batch([ (purchase($hot, 1)) x 1000 ]);
my %tally;
$tally{ short($_) =~ /^left/ ? 'left' : short($_) }++
    for @{ $r->json->{results} };
is_deeply(\%tally, { left => 900, '409 out-of-stock' => 100 },
    'a thousand of one product');
my %movement = map { ($_->{movementId} // '') => 1 } @{ $r->json->{results} };
is(scalar keys %movement, 901, 'each has a movement of its own');
$t->books_ok($hot);

# A thousand products
my @many = map { $_->json } $t->all(
    map {
        [ POST => '/api/products',
          json => { name => "M$_", price => 1, stock => 5, sku => "MANY-$_" } ]
    } 1 .. 1000
);
$r = batch([ map { purchase($many[ ($_ * 7) % 1000 ], 2) } 0 .. 999 ]);
$t->status_is($r, 200, 'a thousand products');
is(scalar(grep { ($_->{remaining} // -1) == 3 } @{ $r->json->{results} }),
    1000, 'each bought');
is($r->json->{results}[$_]{productId}, $many[ ($_ * 7) % 1000 ]{id},
    "in order: $_") for 0, 1, 500, 999;
diag(sprintf 'a thousand cold products: %.0f ms', 1000 * $r->{seconds});

# The same by sku
$r = batch([
    map { { sku => "MANY-$_", type => 'purchase', quantity => 3 } } 1 .. 1000
]);
is(scalar(grep { ($_->{remaining} // -1) == 0 } @{ $r->json->{results} }),
    1000, 'each bought by its sku');
diag(sprintf 'the same by sku: %.0f ms', 1000 * $r->{seconds});
$t->books_ok($many[$_]) for 0, 99, 999;
$t->status_is($t->delete($t->path($many[0])), 204, 'one is deleted');
results_are(
    batch([ { sku => 'MANY-1', type => 'restock', quantity => 1 } ]),
    ['404 not-found'],
    'and has no sku any more'
);

# Keys of lines
my $keyed = $t->create(stock => 10, sku => 'KEYED');
$r = batch([ purchase($keyed, 1, key => 'k1'), purchase($keyed, 99, key => 'k2') ]);
results_are($r, [ 'left 9', '409 out-of-stock' ], 'lines with keys');
my $first = $r->json->{results}[0];
my $second = $r->json->{results}[1];
$r = batch([
    purchase($keyed, 2),
    purchase($keyed, 99, key => 'k2'),
    purchase($keyed, 1, key => 'k1'),
    purchase($keyed, 5, key => 'k1'),
]);
results_are($r,
    [ 'left 7', '409 out-of-stock', 'left 9', '422 idempotency-conflict' ],
    'in another batch');
same_json($r->json->{results}[2], $first, 'replayed');
same_json($r->json->{results}[1], $second, 'a refusal too');
is(stock($keyed), 7, 'each was done once');
$r = batch([ purchase($keyed, 1, key => 'k1') ], port => $t->port('second'));
same_json($r->json->{results}[0], $first, 'replayed by another nginx');
$r = batch(
    [ purchase($keyed, 1, key => 'k1') ],
    headers => [ 'X-User' => 'ann' ]
);
results_are($r, ['left 6'], 'the key of somebody else is another key');

# The same key twice in a batch: joined, or told that it is another's
$r = batch([ (purchase($keyed, 1, key => 'twice')) x 3,
        purchase($keyed, 2, key => 'twice') ]);
results_are($r, [ ('left 5') x 3, '422 idempotency-conflict' ],
    'one key four times');

# A key is one key, wherever it is used
my $buy = $t->path($keyed, 'purchase');
$t->problem_is($t->post($buy, { quantity => 1 }, key('k1')),
    422, 'idempotency-conflict', 'a key of a line for a request');
$t->status_is($t->post($buy, { quantity => 1 }, key('single')), 200,
    'a request with a key');
results_are(batch([ purchase($keyed, 1, key => 'single') ]),
    ['422 idempotency-conflict'], 'its key for a line');
is(stock($keyed), 4, 'nothing else was done');

# By sku with a key: the answer stays, whatever becomes of the sku
my $line = { sku => 'KEYED', type => 'purchase', quantity => 1, key => 's1' };
my $none = { sku => 'NONE', type => 'purchase', quantity => 1, key => 's2' };
$r = batch([ $line, $none ]);
results_are($r, [ 'left 3', '404 not-found' ], 'skus with keys');
$t->patch($t->path($keyed), { sku => 'OTHER' });
$t->create(stock => 5, sku => $_) for 'KEYED', 'NONE';
same_json(batch([ $line, $none ])->json, $r->json, 'replayed');
$t->books_ok($keyed);

# The key of the request
my $whole = $t->create(stock => 10);
my $gone = $t->create(stock => 1, sku => 'GONE');
my @lines = (
    purchase($whole, 1), purchase($whole, 99), purchase(UNKNOWN, 1), {},
    purchase($whole, 2), { sku => 'GONE', type => 'purchase', quantity => 1 },
);
$r = batch(\@lines, key('r1'));
results_are(
    $r,
    [   'left 9', '409 out-of-stock', '404 not-found', '422 invalid-request',
        'left 7', 'left 0'
    ],
    'a request with a key'
);
is($r->header('Idempotency-Replayed'), undef, 'the first');
$t->delete($t->path($gone));
for my $port ('main', 'second', 'main') {
    my $again = batch(\@lines, key('r1'), port => $t->port($port));
    is($again->{body}, $r->{body}, "the same bytes from $port");
    is($again->header('Idempotency-Replayed'), 'true', 'replayed');
}
is(stock($whole), 7, 'once');
$t->problem_is(batch([ purchase($whole, 1) ], key('r1')),
    422, 'idempotency-conflict', 'another request');
$t->problem_is($t->post($t->path($whole, 'purchase'), {quantity => 1}, key('r1')),
    422, 'idempotency-conflict', 'another kind of request');
is(stock($whole), 7, 'nothing was done');

# At once, on two nginx
my @answers = $t->all(
    map {
        [ POST => PATH, json => { operations => [ (purchase($whole, 1)) x 3 ] },
          key('r2'), port => $t->port($_ % 2 ? 'main' : 'second') ]
    } 1 .. 20
);
my %texts = map { $_->status . $_->{body} => 1 } @answers;
is(scalar keys %texts, 1, 'twenty at once have one answer');
is(stock($whole), 4, 'and were done once');
is(scalar(grep { !$_->header('Idempotency-Replayed') } @answers), 1,
    'all but one are replays');

# Both
@lines = (
    purchase($whole, 1), purchase($whole, 1, key => 'b1'),
    purchase(UNKNOWN, 1), purchase($whole, 1, key => 'k1'),
);
$r = batch(\@lines, key('r3'));
results_are($r,
    [ 'left 3', 'left 2', '404 not-found', '422 idempotency-conflict' ],
    'a request with a key of lines with keys');
is(batch(\@lines, key('r3'))->{body}, $r->{body}, 'replayed');
results_are(batch([ purchase($whole, 1, key => 'b1') ]), ['left 2'],
    'so is a line of it');
@lines = (purchase($whole, 1, key => 'b2'));
$r = batch(\@lines, key('r4'));
results_are($r, ['left 1'], 'a request with a key of which all lines have keys');
is(batch(\@lines, key('r4'), port => $t->port('second'))->{body},
    $r->{body}, 'replayed');
$t->problem_is(batch([ purchase($whole, 1, key => 'b3') ], key('r4')),
    422, 'idempotency-conflict', 'another request');
is(stock($whole), 1, 'of which nothing was done');
results_are(batch([ purchase($whole, 1, key => 'r5') ], key('r5')),
    ['422 idempotency-conflict'], 'a line with its request\'s key');
@lines = ({}, purchase(UNKNOWN, 1));
$r = batch(\@lines, key('r6'));
results_are($r, [ '422 invalid-request', '404 not-found' ],
    'a request with a key of which nothing is right');
is(batch(\@lines, key('r6'))->{body}, $r->{body}, 'replayed');
$t->problem_is(batch([ {} ], key('r6')), 422, 'idempotency-conflict',
    'its key is taken');
@lines = ({});
$r = batch(\@lines, key('r7'));
is(batch(\@lines, key('r7'))->header('Idempotency-Replayed'), 'true',
    'a request with nothing to do');
$t->problem_is(batch([ purchase($whole, 1) ], key('two words')),
    400, 'bad-request', 'no key');
is(stock($whole), 1, 'in all');
$t->books_ok($whole);

# A thousand keys
$r = batch([ map { purchase($hot, 1, key => "h$_") } 1 .. 1000 ]);
is(scalar(grep { $_->{status} && $_->{status} == 409 } @{ $r->json->{results} }),
    1000, 'a thousand keys');
diag(sprintf 'a thousand keys: %.0f ms', 1000 * $r->{seconds});
is(batch([ map { purchase($hot, 1, key => "h$_") } 1 .. 1000 ])->{body},
    $r->{body}, 'replayed');
@lines = map { purchase($many[$_], 1, $_ % 2 ? (key => "m$_") : ()) } 1 .. 999;
$t->post($t->path($_, 'restock'), { quantity => 10 }) for @many[ 1 .. 20 ];
$r = batch(\@lines, key('thousand'));
is(scalar(grep { defined $_->{remaining} } @{ $r->json->{results} }), 20,
    'a request with a key of a thousand lines');
is(batch(\@lines, key('thousand'), port => $t->port('second'))->{body},
    $r->{body}, 'replayed');
$t->books_ok($_) for @many[ 1 .. 20 ];

# Many batches at once: no sum is wrong
my @shared = map { $t->create(stock => 100) } 1 .. 5;
@answers = $t->all(
    map {
        my $n = $_;
        [   POST => PATH,
            json => {
                operations => [
                    map { purchase($shared[ ($_ + $n) % 5 ], 1 + $_ % 3,
                        $_ % 4 ? () : (key => "x$n-$_")) } 1 .. 50
                ]
            },
            $n % 3 ? () : key("shared$n"),
            port => $t->port($n % 2 ? 'main' : 'second'),
        ]
    } 1 .. 20
);
my %sold;
for my $answer (@answers) {
    $sold{ $_->{productId} } += $_->{quantity}
        for grep { $_->{movementId} } @{ $answer->json->{results} };
}
for my $shared (@shared) {
    is(stock($shared), 100 - $sold{ $shared->{id} }, 'what was sold is gone');
    $t->books_ok($shared);
}

# A client that leaves: all of a batch goes back, or it was answered in whole
my @left = map { $t->create(stock => 5) } 1 .. 200;
for my $pause (0, 0.002, 0.005, 0.01, 0.02) {
    my $connection = Inv::HTTP::Connection->new($t->port);
    $connection->write(request_text(POST => PATH,
        json => { operations => [ map { purchase($_, 1) } @left ] }));
    select undef, undef, undef, $pause;
    $connection->reset;
}
my %stocks;
ok(wait_until(
        sub {
            %stocks = map { $t->mongo->product($_->{id})->{stock} => 1 } @left;
            return keys %stocks == 1;
        },
        30
    ),
    'nothing is taken for nobody'
);
$t->books_ok($_) for @left;

$t->done;
