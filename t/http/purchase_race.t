# Many buyers at once: exactly what is there is sold.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;
$t->run_beside('second');
my @nginx = ($t->port('main'), $t->port('second'));

# The last item, again and again: one worker set, then two nginx.
for my $round (1 .. 6) {
    my $product = $t->create(stock => 1);
    my $buy = $t->path($product, 'purchase');
    my @ports = $round % 2 ? $nginx[0] : @nginx;
    my @answers = $t->all(
        map { [ POST => $buy, port => $ports[ $_ % @ports ] ] } 1 .. 100);
    is_deeply($t->tally(@answers), { 200 => 1, 409 => 99 },
        "round $round, " . @ports . ' nginx: one buys the last item');
    my @refused = grep { $_->status == 409 } @answers;
    is(scalar(grep { $_->json->{available} == 0 } @refused), 99,
        'the others are told that there is none');
    for my $port (@nginx) {
        is($t->get($t->path($product), port => $port)->json->{stock}, 0,
            'none is left');
    }
    $t->books_ok($product);
}

# A hundred for a hundred: nobody is refused.
my $product = $t->create(stock => 100);
my @answers = $t->all(
    map { [ POST => $t->path($product, 'purchase'), port => $nginx[ $_ % 2 ] ] }
        1 .. 100);
is_deeply($t->tally(@answers), { 200 => 100 }, 'a hundred for a hundred');
my %remaining = map { $_->json->{remaining} => 1 } @answers;
is(scalar keys %remaining, 100, 'each saw a stock of its own');
my %movement = map { $_->json->{movementId} => 1 } @answers;
is(scalar keys %movement, 100, 'and has a movement of its own');
# Statements are shared, versions are not: If-Match with the ETag of one's own
# purchase must not hold for a stock that somebody else has left.
is_deeply([ sort { $a <=> $b } map { $_->header('ETag') =~ /"(\d+)"/ } @answers ],
    [ 2 .. 101 ], 'and a version of its own');
is(scalar(grep { my ($v) = $_->header('ETag') =~ /(\d+)/;
    $v + $_->json->{remaining} != 101 } @answers), 0, 'which is that of its stock');
$t->books_ok($product);

# Mixed quantities: the sum is exact, and a refusal was true.
for my $round (1 .. 3) {
    $product = $t->create(stock => 200);
    my @quantities = map { 1 + ($_ * 7) % 9 } 1 .. 100;
    @answers = $t->all(
        map {
            [   POST => $t->path($product, 'purchase'),
                json => { quantity => $quantities[$_] },
                port => $nginx[ $_ % 2 ],
            ]
        } 0 .. 99
    );
    my $sold = 0;
    for my $n (0 .. 99) {
        my $r = $answers[$n];
        $sold += $quantities[$n] if $r->status == 200;
        next if $r->status == 200;
        $t->problem_is($r, 409, 'out-of-stock', 'a refusal');
        my $body = $r->json;
        is($body->{requested}, $quantities[$n], 'says what was asked');
        cmp_ok($body->{available}, '<', $quantities[$n], 'and is true');
    }
    my $left = $t->get($t->path($product))->json->{stock};
    is($left, 200 - $sold, "round $round: $sold sold");
    cmp_ok($left, '<', 9, 'no more is left than somebody was refused');
    $t->books_ok($product);
}

# Of those who saw the same version, one buys.
for my $round (1 .. 5) {
    $t->patch($t->path($product), { stock => 100 });
    my $seen = $t->get($t->path($product))->header('ETag');
    @answers = $t->all(
        map {
            [   POST    => $t->path($product, 'purchase'),
                json    => { quantity => 1 },
                headers => [ 'If-Match' => $seen ],
                port    => $nginx[ $_ % 2 ],
            ]
        } 1 .. 20
    );
    is_deeply($t->tally(@answers), { 200 => 1, 412 => 19 },
        "round $round: one of twenty with the same If-Match");
}

# Many products at once, on connections that stay open.
my @products = map { $t->create(stock => 20) } 1 .. 10;
my ($sent, %status) = (0);
drive(
    connections => 16,
    request     => sub {
        return if $sent >= 300;
        my $n = $sent++;
        return {
            port   => $nginx[ $n % 2 ],
            method => 'POST',
            text   => request_text(
                POST => $t->path($products[ $n % 10 ], 'purchase'),
                keepalive => 0,
            ),
        };
    },
    response => sub { $status{ $_[0]->status }++ },
);
is_deeply(\%status, { 200 => 200, 409 => 100 }, 'thirty ask for twenty, of ten');
$t->books_ok($_) for @products;

$t->done;
