# Purchase, restock and adjust: answers, limits, conditions, movements, and
# exact sums under many clients.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

use constant MAX => 9_007_199_254_740_991;

my $t = Inv::Test->new;
$t->run(
    http   => 'inventory_principal $http_x_user;',
    server => '        add_header X-Worker $pid always;',
);

# The newest movements, of which one has at and traceId checked and taken off.
sub movements {
    my ($product, $limit) = @_;
    my $r = $t->get($t->path($product, 'movements') . '?limit=' . $limit);
    return @{ $r->json->{items} };
}

sub last_movement_is {
    my ($product, $r, $expected, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($movement) = movements($product, 1);
    my ($at, $trace) = delete @{$movement}{qw(at traceId)};
    like($at, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, "$name: at");
    is($trace, $r->header('Trace-Id'), "$name: the trace of its request");
    return same_json($movement,
        { productId => $product->{id}, %{$expected} }, $name);
}

# What each answers, and what the ledger has of it.
my $product = $t->create(stock => 10);
my $id      = $product->{id};
my @user    = (headers => [ 'X-User' => 'ann' ]);
my $restock = $t->path($product, 'restock');
my $adjust  = $t->path($product, 'adjust');
my $buy     = $t->path($product, 'purchase');

my $r = $t->post($restock, { quantity => 5, reference => 'PO-7' }, @user);
$t->status_is($r, 200, 'restock');
is($r->header('Content-Type'), 'application/json', 'JSON');
same_json(
    $r->json,
    {   movementId => "$id-2",
        productId  => $id,
        type       => 'restock',
        quantity   => 5,
        remaining  => 15,
    },
    'the answer'
);
last_movement_is(
    $product, $r,
    {   id         => "$id-2",
        seq        => 2,
        type       => 'restock',
        delta      => 5,
        stockAfter => 15,
        reference  => 'PO-7',
        actor      => 'ann',
    },
    'restock'
);

$r = $t->post($adjust, { delta => -3, reason => 'damaged' });
$t->status_is($r, 200, 'adjust down');
same_json(
    $r->json,
    {   movementId => "$id-3",
        productId  => $id,
        type       => 'adjust',
        delta      => -3,
        remaining  => 12,
    },
    'the answer'
);
last_movement_is(
    $product, $r,
    {   id         => "$id-3",
        seq        => 3,
        type       => 'adjust',
        delta      => -3,
        stockAfter => 12,
        reason     => 'damaged',
    },
    'adjust down'
);

$r = $t->post($adjust,
    { delta => 2, reason => "gez\xe4hlt \x{1f4e6}", reference => 'count 9' });
$t->status_is($r, 200, 'adjust up');
is($r->json->{remaining}, 14, 'what remains');
last_movement_is(
    $product, $r,
    {   id         => "$id-4",
        seq        => 4,
        type       => 'adjust',
        delta      => 2,
        stockAfter => 14,
        reason     => "gez\xe4hlt \x{1f4e6}",
        reference  => 'count 9',
    },
    'adjust up'
);

$r = $t->post($buy, { quantity => 4, reference => 'till 3' }, @user);
$t->status_is($r, 200, 'purchase');
last_movement_is(
    $product, $r,
    {   id         => "$id-5",
        seq        => 5,
        type       => 'purchase',
        delta      => -4,
        stockAfter => 10,
        reference  => 'till 3',
        actor      => 'ann',
    },
    'purchase'
);
$r = $t->get($t->path($product));
same_json([ @{ $r->json }{qw(stock version)} ], [ 10, 5 ],
    'a GET shows it all');
isnt($r->json->{updatedAt}, $product->{updatedAt}, 'and when');

# Texts at their limits.
for my $length (1, 200) {
    $r = $t->post($restock,
        { quantity => 1, reference => "\x{4e00}" x $length });
    $t->status_is($r, 200, "a reference of $length");
}
$t->pointers_are($t->post($restock, { quantity => 1, reference => 'x' x 201 }),
    ['/reference'], 'a reference of 201');
$t->pointers_are(
    $t->post($adjust,
        { delta => 1, reason => 'x' x 201, reference => '' }),
    [ '/reason', '/reference' ], 'a reason of 201, an empty reference');

# Too little and too much.
$r = $t->post($adjust, { delta => -13 });
$t->problem_is($r, 409, 'out-of-stock', 'adjust below zero');
same_json([ @{ $r->json }{qw(requested available)} ], [ 13, 12 ],
    'requested and available');
$t->status_is($t->post($adjust, { delta => -12 }), 200, 'to zero');
$r = $t->post($adjust, { delta => -1 });
$t->problem_is($r, 409, 'out-of-stock', 'and no further');
same_json([ @{ $r->json }{qw(requested available)} ], [ 1, 0 ], 'none is left');
is($t->get($t->path($product))->json->{version}, 8, 'refusals change nothing');

my $full = $t->create(stock => MAX - 5);
$t->pointers_are($t->post($t->path($full, 'adjust'), { delta => 6 }),
    ['/delta'], 'adjust past the maximum');
$r = $t->post($t->path($full, 'restock'), { quantity => 1_000_000 });
$t->pointers_are($r, ['/quantity'], 'restock past the maximum');
is($r->json->{errors}[0]{detail},
    'must be at most 5: there are 9007199254740986 in stock', 'it says why');
$r = $t->post($t->path($full, 'restock'), { quantity => 5 });
is($r->number('remaining'), MAX . '', 'up to the maximum');
$t->pointers_are($t->post($t->path($full, 'adjust'), { delta => 1 }),
    ['/delta'], 'and no further');
$r = $t->post($t->path($full, 'adjust'), { delta => -1_000_000 });
is($r->number('remaining'), MAX - 1_000_000, 'a million down');
$t->books_ok($full);

# Sold out, filled, sold again.
for my $step ([ $buy, 409 ], [ $restock, 200 ], [ $buy, 200 ], [ $buy, 409 ]) {
    $t->status_is($t->post($step->[0], { quantity => 1 }), $step->[1],
        "sold out and filled: $step->[1]");
}
$t->books_ok($product);

# Wrong bodies.
my %wrong = (
    restock => {
        '{}'                               => ['/quantity'],
        '{"quantity":0}'                   => ['/quantity'],
        '{"quantity":-5}'                  => ['/quantity'],
        '{"quantity":1000001}'             => ['/quantity'],
        '{"quantity":2.5}'                 => ['/quantity'],
        '{"quantity":true}'                => ['/quantity'],
        '{"delta":1}'                      => [ '/delta', '/quantity' ],
        '{"quantity":1,"reason":"x"}'      => ['/reason'],
        '{"quantity":1,"reference":7}'     => ['/reference'],
        '{"quantity":1,"key":"k"}'         => ['/key'],
        '{"quantity":1,"type":"restock"}'  => ['/type'],
        '[{"quantity":1}]'                 => [''],
        'null'                             => [''],
    },
    adjust => {
        '{}'                           => ['/delta'],
        '{"delta":0}'                  => ['/delta'],
        '{"delta":1000001}'            => ['/delta'],
        '{"delta":-1000001}'           => ['/delta'],
        '{"delta":"1"}'                => ['/delta'],
        '{"quantity":1}'               => [ '/delta', '/quantity' ],
        '{"delta":1,"reason":""}'      => ['/reason'],
        '{"delta":1,"reason":null}'    => ['/reason'],
    },
);
for my $action (sort keys %wrong) {
    my $path = $t->path($product, $action);
    for my $body (sort keys %{ $wrong{$action} }) {
        $t->pointers_are($t->request(POST => $path, body => $body),
            $wrong{$action}{$body}, "$action $body");
    }
    $t->problem_is($t->request(POST => $path, body => '{"delta":1,}'),
        400, 'malformed-json', "$action: no JSON");
    my $none = $t->request(POST => $path);
    cmp_ok($none->status, '>=', 400, "$action: no body");
    cmp_ok($none->status, '<',  500, "$action: a client's fault");
    $t->problem_is($t->request(POST => $path, body => '{}', type => 'text/csv'),
        415, 'unsupported-media-type', "$action: no JSON by its type");
    $r = $t->get($path);
    $t->problem_is($r, 405, 'method-not-allowed', "$action: GET");
    like($r->header('Allow'), qr/\bPOST\b/, "$action: Allow");
}
is($t->mongo->product($id)->{stock}, 0, 'nothing of these was done');

# No such product, and one that is deleted.
my %amount = (purchase => 'quantity', restock => 'quantity', adjust => 'delta');
my $gone = $t->create(stock => 3);
$t->status_is($t->delete($t->path($gone)), 204, 'deleted');
for my $action (sort keys %amount) {
    my $body = { $amount{$action} => 1 };
    for my $path ('0' x 24, 'F' x 24, 'xyz', $gone->{id}) {
        $t->problem_is($t->post("/api/products/$path/$action", $body),
            404, 'not-found', "$action of $path");
    }
}

# If-Match
for my $action (sort keys %amount) {
    my $dear = $t->create(stock => 20);
    my $path = $t->path($dear, $action);
    my $version = 1;
    for my $step (
        [ '"7"',        412 ], [ '"1"',           200 ],
        [ '"1"',        412 ], [ 'W/"2"',         200 ],
        [ '*',          200 ], [ '"9", W/"4"',    200 ],
        [ '"4", "x"',   412 ], [ '""',            412 ],
        [ '"05"',       412 ], [ '"9007199254740993"', 412 ],
        [ 'x',          400 ], [ '"5',            400 ],
        )
    {
        my ($tag, $status) = @{$step};
        $r = $t->post($path, { $amount{$action} => 1 },
            headers => [ 'If-Match' => $tag ]);
        $t->status_is($r, $status, "$action: If-Match: $tag");
        $version += $status == 200;
        $t->problem_is($r, 412, 'precondition-failed', "$action: told as 412")
            if $status == 412;
    }
    is($t->get($t->path($dear))->header('ETag'), qq{"$version"},
        "$action: only what was answered 200 counts");
    $t->problem_is(
        $t->post("/api/products/$gone->{id}/$action", { $amount{$action} => 1 },
            headers => [ 'If-Match' => '*' ]),
        404, 'not-found', "$action: If-Match: * of one that is gone");
    $t->books_ok($dear, "$action: the books balance");
}

# Sums under many clients: (how many, what of n-th) on products.
sub storm {
    my ($count, $make, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($sent, %sum, %status, %seen, %worker) = (0);
    drive(
        connections => 50,
        request     => sub {
            return if $sent >= $count;
            my ($path, $body, $of, $delta) = $make->($sent++);
            return {
                port   => $t->port,
                method => 'POST',
                of     => $of,
                delta  => $delta,
                text   => request_text(POST => $path, json => $body),
            };
        },
        response => sub {
            my ($answer, $request) = @_;
            $status{ $answer->status }++;
            $worker{ $answer->header('X-Worker') // '' }++;
            return if $answer->status != 200;
            $sum{ $request->{of} } += $request->{delta};
            $seen{ $answer->json->{movementId} }++;
        },
    );
    my $other = join ' ', grep { !/^(?:200|409)$/ } keys %status;
    is($other, '', "$name: 200 or 409");
    is(scalar keys %seen, $status{200}, "$name: each has its own movement");
    is(scalar keys %worker, 2, "$name: both workers had their share");
    return (\%sum, \%status);
}

my $hot = $t->create(stock => 300);
my ($sum, $status) = storm(
    1000,
    sub {
        my ($n) = @_;
        my $amount = 1 + $n % 3;
        return ($t->path($hot, 'adjust'), { delta => -$amount }, 'hot', -$amount)
            if $n % 5 == 1;
        return ($t->path($hot, 'restock'), { quantity => $amount }, 'hot',
            $amount)
            if $n % 5 == 2;
        return ($t->path($hot, 'purchase'), { quantity => $amount }, 'hot',
            -$amount);
    },
    'one product'
);
cmp_ok($status->{409}, '>', 0, 'one product: some were refused');
is($t->get($t->path($hot))->json->{stock}, 300 + $sum->{hot},
    'one product: what is left');
is($t->get($t->path($hot))->json->{version}, $t->mongo->product($hot->{id})->{version},
    'one product: the version that is so');
$t->books_ok($hot);

my @products = map { $t->create(stock => 10, name => "p$_") } 1 .. 40;
($sum, $status) = storm(
    1200,
    sub {
        my ($n) = @_;
        my $of = $n * 7 % 40;
        return ($t->path($products[$of], 'restock'), { quantity => 1 }, $of, 1)
            if $n % 4 == 3;
        return ($t->path($products[$of], 'purchase'), { quantity => 1 }, $of, -1);
    },
    'forty products'
);
cmp_ok($status->{409}, '>', 0, 'forty products: some were refused');
for my $n (0 .. 39) {
    is($t->get($t->path($products[$n]))->json->{stock},
        10 + ($sum->{$n} // 0), "product $n: what is left");
    $t->books_ok($products[$n]);
}

# The movements of one, page by page: every seq, each stock the next one's.
my ($next, @seqs, $after) = '';
while (defined $next) {
    $r = $t->get($t->path($hot, 'movements')
            . '?limit=100' . (length $next ? "&cursor=$next" : ''));
    for my $movement (@{ $r->json->{items} }) {
        push @seqs, $movement->{seq};
        is($movement->{stockAfter}, $after, "seq $movement->{seq}")
            if defined $after && $movement->{stockAfter} != $after;
        $after = $movement->{stockAfter} - $movement->{delta};
    }
    $next = $r->json->{page}{next};
}
is_deeply(\@seqs, [ reverse 1 .. $t->mongo->product($hot->{id})->{seq} ],
    'every seq is there, newest first');
is($after, 0, 'and before the first there was nothing');

# All of it leaves the outboxes.
ok(
    wait_until(
        sub {
            return !grep {
                @{ $_->{outbox} // [] }
            } $t->mongo->find('products', {});
        }
    ),
    'the outboxes are drained'
);
$t->books_ok($hot);

$t->done;
