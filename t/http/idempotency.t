# Idempotency-Key: the first answer again, conflicts, what leaves a key unused,
# how a key is written, duplicates at the same time, and a reload.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new;
$t->run(
    http   => 'inventory_principal $http_x_user;',
    server => '        add_header X-Worker $pid always;',
);

my $keys = 0;
sub fresh_key { return sprintf 'key-%d-%d', $$, ++$keys }

# A POST with a key; the other options are those of request.
sub keyed {
    my ($key, $path, $json, %opt) = @_;
    my @headers = @{ delete $opt{headers} // [] };
    return $t->request(
        POST    => $path,
        (defined $json ? (json => $json) : ()),
        headers => [ 'Idempotency-Key' => $key, @headers ],
        %opt
    );
}

sub is_first {
    my ($r, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $t->status_is($r, $status, $name);
    return is($r->header('Idempotency-Replayed'), undef, "$name: the first");
}

sub is_replay {
    my ($r, $first, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($r->header('Idempotency-Replayed'), 'true', "$name: says so");
    is($r->header('Content-Type'), $first->header('Content-Type'),
        "$name: its type");
    return is($r->status . ' ' . $r->body, $first->status . ' ' . $first->body,
        "$name: the same answer");
}

sub stock_of { my ($product) = @_; return $t->mongo->product($product->{id})->{stock} }

# Asks again until both workers have answered.
sub replays_from_both {
    my ($again, $first, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %worker;
    for (1 .. 60) {
        my $r = $again->();
        last if !is_replay($r, $first, $name);
        $worker{ $r->header('X-Worker') } = 1;
        last if keys %worker == 2;
    }
    return is(scalar keys %worker, 2, "$name: from both workers");
}

# Each action's answer, again and again.
my $product = $t->create(stock => 10);
my %body = (
    purchase => { quantity => 2 },
    restock  => { quantity => 5, reference => 'PO-1' },
    adjust   => { delta => -1, reason => 'counted' },
);
for my $action (sort keys %body) {
    my $key = fresh_key();
    my $ask = sub { keyed($key, $t->path($product, $action), $body{$action}) };
    my $first = $ask->();
    is_first($first, 200, $action);
    replays_from_both($ask, $first, $action);
}
is(stock_of($product), 12, 'each was done once');
$t->books_ok($product);

# Refusals are answers too, whatever has changed since.
my $empty = $t->create(stock => 1);
my $full  = $t->create(stock => 9_007_199_254_740_991);
my $gone  = $t->create(stock => 5);
$t->delete($t->path($gone));
my $none  = '/api/products/' . '0' x 24;
my $later = sub {
    my ($by) = @_;
    my $version = $t->mongo->product($empty->{id})->{version} + $by;
    return (headers => [ 'If-Match' => qq{"$version"} ]);
};
for my $case (
    [ 409, $t->path($empty, 'purchase'), { quantity => 2 } ],
    [ 409, $t->path($empty, 'adjust'),   { delta    => -2 } ],
    [ 412, $t->path($empty, 'purchase'), { quantity => 1 } ],
    [ 412, $t->path($empty, 'restock'),  { quantity => 1 } ],
    [ 404, "$none/purchase",             { quantity => 1 } ],
    [ 404, $t->path($gone, 'restock'),   { quantity => 1 } ],
    [ 422, $t->path($full, 'restock'),   { quantity => 1 } ],
    )
{
    my ($status, $path, $json) = @{$case};
    my @more = $status == 412 ? $later->(1) : ();
    my $key = fresh_key();
    my $ask = sub { keyed($key, $path, $json, @more) };
    my $first = $ask->();
    is_first($first, $status, "$status $path");
    is_replay($ask->(), $first, "$status $path");
    # What would be possible by now.
    $t->post($t->path($empty, 'restock'), { quantity => 10 })
        if $path eq $t->path($empty, 'adjust');
    $t->post($t->path($empty, 'restock'), { quantity => 1 }) if $status == 412;
    $t->post($t->path($full, 'purchase'), { quantity => 9 }) if $status == 422;
    replays_from_both($ask, $first, "$status though it would do now");
}
is(stock_of($empty), 13, 'refused once, refused for ever');
$t->books_ok($_) for $empty, $full;

# An answer outlives its product.
my $short = $t->create(stock => 5);
my $key   = fresh_key();
my $sell  = sub { keyed($key, $t->path($short, 'purchase'), { quantity => 5 }) };
my $first = $sell->();
is_first($first, 200, 'the last five');
is_replay($sell->(), $first, 'sold out');
$t->status_is($t->delete($t->path($short)), 204, 'deleted');
replays_from_both($sell, $first, 'deleted');

# No body, twice.
$key = fresh_key();
$first = keyed($key, $t->path($product, 'purchase'), undef);
is_first($first, 200, 'no body');
is_replay(keyed($key, $t->path($product, 'purchase'), undef), $first, 'no body');

# Another request with the same key.
sub conflicts {
    my ($name, $r) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($r->header('Idempotency-Replayed'), undef, "$name: no replay");
    return $t->problem_is($r, 422, 'idempotency-conflict', $name);
}

my $other = $t->create(stock => 10);
my $path  = $t->path($other, 'restock');
$key   = fresh_key();
$first = keyed($key, $path, { quantity => 1 });
is_first($first, 200, 'conflicts: the first');
for (1 .. 3) {
    conflicts('another body', keyed($key, $path, { quantity => 2 }));
    conflicts('the same in other bytes',
        keyed($key, $path, undef, body => '{ "quantity":1}'));
    conflicts('another product',
        keyed($key, $t->path($product, 'restock'), { quantity => 1 }));
    conflicts('another action',
        keyed($key, $t->path($other, 'purchase'), { quantity => 1 }));
    conflicts('an If-Match',
        keyed($key, $path, { quantity => 1 }, headers => [ 'If-Match' => '*' ]));
    conflicts('a query', keyed($key, "$path?a=1", { quantity => 1 }));
}
is_replay(keyed($key, $path, { quantity => 1 }), $first, 'after conflicts');
is(stock_of($other), 11, 'conflicts did nothing');

$key   = fresh_key();
$first = keyed($key, $path, { quantity => 1 }, headers => [ 'If-Match' => '*' ]);
is_first($first, 200, 'with an If-Match');
conflicts('another If-Match',
    keyed($key, $path, { quantity => 1 }, headers => [ 'If-Match' => '"2"' ]));
conflicts('no If-Match', keyed($key, $path, { quantity => 1 }));
$key = fresh_key();
keyed($key, $t->path($empty, 'purchase'), { quantity => 1000 });
conflicts('after a refusal',
    keyed($key, $t->path($empty, 'purchase'), { quantity => 1 }));

# Each principal has keys of its own.
$key = fresh_key();
my %answer;
for my $user ('', 'ann', 'bob') {
    my @user = length $user ? (headers => [ 'X-User' => $user ]) : ();
    my $ask = sub { keyed($key, $path, { quantity => 1 }, @user) };
    $answer{$user} = $ask->();
    is_first($answer{$user}, 200, "principal \"$user\"");
    is_replay($ask->(), $answer{$user}, "principal \"$user\"");
}
is(stock_of($other), 15, 'three principals, three times');
is(keyed($key, $path, { quantity => 2 }, headers => [ 'X-User' => 'carl' ])
        ->status, 200, 'no conflict with another principal');

# What never began leaves the key unused.
$key = fresh_key();
for my $case (
    [ 400, 'malformed-json',         body => '{"quantity":' ],
    [ 415, 'unsupported-media-type', body => '{"quantity":1}', type => 'a/b' ],
    [ 413, 'payload-too-large',      body => ' ' x 1_048_577 ],
    [ 422, 'invalid-request',        body => '{"quantity":0}' ],
    [ 400, 'bad-request', body => '{"quantity":1}', headers => [ 'If-Match' => 'x' ] ],
    )
{
    my ($status, $slug, %opt) = @{$case};
    $t->problem_is(keyed($key, $path, undef, %opt), $status, $slug);
}
$t->problem_is($t->get($path, headers => [ 'Idempotency-Key' => $key ]),
    405, 'method-not-allowed');
$first = keyed($key, $path, { quantity => 1 });
is_first($first, 200, 'after all these');
is_replay(keyed($key, $path, { quantity => 1 }), $first, 'after all these');

# How it is written.
sub takes {
    my ($name, $written, @same) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $r = keyed($written, $path, { quantity => 1 });
    is_first($r, 200, $name);
    is_replay(keyed($_, $path, { quantity => 1 }), $r, "$name: $_") for @same;
    return;
}
$key = fresh_key();
takes('bare and quoted', $key, qq{"$key"}, qq{  "$key"\t});
takes('a UUID', '8e03978e-40d5-43e8-bc93-6894a57f9324',
    '"8e03978e-40d5-43e8-bc93-6894a57f9324"');
takes('escapes', "\"$key \\\"x\\\" \\\\\"");
takes('a token of odd characters', "!#\$%&'*+-.^_`|~$key");
my $long = 'k' x 255;
takes('255 characters', $long, qq{"$long"});
takes('255 characters, all escaped', '"' . '\\\\' x 255 . '"');
takes('letters are not the same in the other case', uc $key);

my $stock = stock_of($other);
for my $malformed (
    '', '""', '"a', 'a"', '"a" "b"', 'a b', 'a, b', '"a", "b"', '"a\\b"',
    '"a\\', "k\xc3\xa4", "\"k\xc3\xa4\"", '"a"x', "\"a\tb\"", '(a)', 'a;b',
    'k' x 256, '"' . 'k' x 256 . '"', '"' . '\\\\' x 256 . '"',
    )
{
    $t->problem_is(keyed($malformed, $path, { quantity => 1 }),
        400, 'bad-request', "malformed: '" . substr($malformed, 0, 10) . "'");
}
$t->problem_is(
    keyed('one', $path, { quantity => 1 },
        headers => [ 'idempotency-key' => 'two' ]),
    400, 'bad-request', 'two lines');
$t->problem_is(
    keyed('one', $path, { quantity => 1 },
        headers => [ 'idempotency-key' => 'one' ]),
    400, 'bad-request', 'the same line twice');
is(stock_of($other), $stock, 'nothing of these was done');

# Other methods do not look at it.
$key = fresh_key();
my @key = (headers => [ 'Idempotency-Key' => $key ]);
for my $n (1 .. 2) {
    my $patched = $t->patch($t->path($other), { stock => 20 + $n }, @key);
    $t->status_is($patched, 200, 'PATCH');
    is($patched->json->{stock}, 20 + $n, 'PATCH is done anew');
    my $put = $t->put($t->path($other), { name => "n$n", price => $n }, @key);
    is($put->json->{name}, "n$n", 'PUT is done anew');
    is($t->get($t->path($other), @key)->json->{name}, "n$n", 'GET reads');
}
$t->status_is(
    $t->patch($t->path($other), { name => 'x' },
        headers => [ 'Idempotency-Key' => '"' ]),
    200, 'PATCH does not mind a malformed one');
is_first(keyed($key, $path, { quantity => 1 }), 200, 'still unused');
my $thrown = $t->create;
$t->status_is($t->delete($t->path($thrown), @key), 204, 'DELETE');
$t->status_is($t->delete($t->path($thrown), @key), 404, 'DELETE is done anew');

# Duplicates at the same time: one is the first, the others wait for it.
sub at_once {
    my ($count, @request) = @_;
    return $t->all(map { [@request] } 1 .. $count);
}

for my $round (1 .. 8) {
    my $hot = $t->create(stock => $round % 2 ? 30 : 2);
    my $status = $round % 2 ? 200 : 409;
    my @answers = at_once(
        20, POST => $t->path($hot, 'purchase'),
        json    => { quantity => 3 },
        headers => [ 'Idempotency-Key' => fresh_key() ]
    );
    is_deeply($t->tally(@answers), { $status => 20 }, "round $round: $status");
    my %body_of = map { $_->body => 1 } @answers;
    is(scalar keys %body_of, 1, "round $round: all are told the same");
    is(scalar(grep { !defined $_->header('Idempotency-Replayed') } @answers),
        1, "round $round: one is the first");
    is(stock_of($hot), $round % 2 ? 27 : 2, "round $round: done once");
    $t->books_ok($hot);
}

# Two requests, one key, at the same time: one of them is it.
for my $round (1 .. 4) {
    my $hot = $t->create(stock => 100);
    my @hot_key = (headers => [ 'Idempotency-Key' => fresh_key() ]);
    my @answers = $t->all(
        map {
            [   POST => $t->path($hot, 'purchase'),
                json => { quantity => 1 + $_ % 2 },
                @hot_key
            ]
        } 1 .. 20
    );
    is_deeply($t->tally(@answers), { 200 => 10, 422 => 10 },
        "mixed $round: ten of one, ten refused");
    my %body_of = map { $_->body => 1 } grep { $_->status == 200 } @answers;
    is(scalar keys %body_of, 1, "mixed $round: the ten are told the same");
    $t->problem_is($_, 422, 'idempotency-conflict')
        for grep { $_->status == 422 } @answers;
    my ($taken) = grep { $_->status == 200 } @answers;
    is(stock_of($hot), $taken->json->{remaining}, "mixed $round: done once");
    $t->books_ok($hot);
}

# Many keys at the same time, each three times, on few products.
my @few = map { $t->create(stock => 40) } 1 .. 3;
my @many = map {
    my $n = $_;
    my @one = (
        POST    => $t->path($few[ $n % 3 ], 'purchase'),
        json    => { quantity => 1 + $n % 2 },
        headers => [ 'Idempotency-Key' => fresh_key() ],
    );
    map { [@one] } 1 .. 3;
} 1 .. 60;
my @answers = $t->all(@many);
my ($unequal, $firsts, @sum) = (0, 0, 0, 0, 0);
for my $n (0 .. 59) {
    my @three = @answers[ 3 * $n .. 3 * $n + 2 ];
    my %said = map { $_->status . $_->body => 1 } @three;
    $unequal++ if keys %said != 1;
    $firsts += grep { !defined $_->header('Idempotency-Replayed') } @three;
    $sum[ ($n + 1) % 3 ] += 1 + ($n + 1) % 2 if $three[0]->status == 200;
}
is($unequal, 0, 'the three of a key are told the same');
is($firsts, 60, 'one of each is the first');
for my $n (0 .. 2) {
    is(stock_of($few[$n]), 40 - $sum[$n], "product $n: each was done once");
    $t->books_ok($few[$n]);
}

# The claims: one for each key, no longer than two days.
my @claims = $t->mongo->find('claims', {});
my ($long_lived) = grep { !$_->{purgeAt} } @claims;
is($long_lived, undef, 'each claim ends some day');
is(scalar(grep { defined $_->{k} || $_->{_id} =~ /key-/ } @claims), 0,
    'no claim has the key itself');

# After a reload the old answers are there.
$key   = fresh_key();
my $kept = $t->create(stock => 9);
$sell  = sub { keyed($key, $t->path($kept, 'purchase'), { quantity => 4 }) };
$first = $sell->();
is_first($first, 200, 'before a reload');
ok($t->nginx->reload, 'reloaded');
replays_from_both($sell, $first, 'after a reload');
my $refused = fresh_key();
my $refuse = sub { keyed($refused, $t->path($kept, 'purchase'), { quantity => 6 }) };
my $no = $refuse->();
is_first($no, 409, 'refused');
ok($t->nginx->reload, 'reloaded once more');
$t->post($t->path($kept, 'restock'), { quantity => 1 });
replays_from_both($refuse, $no, 'refused before a reload');
is(stock_of($kept), 6, 'nothing was done twice');
$t->books_ok($_) for $kept, $product, $other;

$t->done;
