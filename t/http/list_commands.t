# What a list costs: a number of commands that does not depend on how many
# products it shows; and membership that is right at once all the same.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use Inv::Test;
use Inv::Watched;

my $t     = Inv::Test->new;
my $proxy = watch($t);

sub part {
    my ($cache) = @_;
    return (
        listen     => '127.0.0.1:%%PORT%% reuseport',
        directives => <<"EOD");
    inventory_mongo "%%MONGO%%";
    inventory_redis off;
    inventory_cache $cache;
    inventory_zone 8m;
    inventory_timeout 10s;
EOD
}

# The reads of one request that is to be right: "count 1, find 1".
sub reads_of {
    my ($path, $items) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $r;
    my $cost = cost($proxy, sub { $r = $t->get($path) });
    $t->status_is($r, 200, "$path: 200") if $r->status != 200;
    my $n = @{ ($r->json // {})->{items} // [] };
    is($n, $items, "$path: items") if $n != $items;
    return join ', ', map { "$_ $cost->{$_}" =~ s/:products//r }
        grep {/^(?:aggregate|count|find):products$/} sort keys %{$cost};
}

# The same where it is to be like this, tried up to three times: a copy may be
# made anew before its end.
sub commands_of {
    my ($path, $items, $expected) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $said;
    for my $try (1 .. 3) {
        $said = reads_of($path, $items);
        last if !defined $expected || $said =~ /^(?:$expected)$/;
    }
    return $said;
}

$t->run(part('local=off redis=off'));
my $first = $t->create(name => 'Number 0', category => 'all', tags => ['t'], stock => 5);
my @ids = map { sprintf '%024x', 0x600000 + $_ } 1 .. 250;
copies_of($t, $first, @ids);
my @all = ('/api/products?', '/api/products?category=all&',
    '/api/products?tag=t&sort=name&', '/api/products?minPrice=1&sort=-price&',
    '/api/products?inStock=true&sort=stock&', '/api/products?q=number&');

# Without copies.
for my $list (@all) {
    for my $limit (1, 20, 100) {
        is(commands_of("${list}limit=$limit", $limit, 'find 1'), 'find 1',
            "off: $list limit=$limit: one find");
        my $paged = commands_of("${list}limit=$limit&page=1", $limit,
            'count 1, find 1');
        is($paged, 'count 1, find 1', "off: $list limit=$limit&page=1: a count too");
    }
}
is(commands_of('/api/products?ids=' . join(',', @ids[ 0 .. 99 ]), 100, 'find 1'),
    'find 1', 'off: a hundred ids: one find');

# With copies: what a page has read is local.
$t->restart(part('local=60s redis=off'));
like(commands_of('/api/products?ids=' . join(',', @ids[ 0 .. 99 ]), 100),
    qr/^find 1$/, 'a hundred ids: one find');
is(commands_of('/api/products?ids=' . join(',', @ids[ 0 .. 99 ]), 100, ''),
    '', 'again: none');
like(commands_of('/api/products?ids=' . join(',', @ids[ 50 .. 149 ]), 100),
    qr/^find 1$/, 'half of them known: one find');
is(commands_of('/api/products?ids=' . join(',', reverse @ids[ 20 .. 119 ]),
        100, ''), '', 'in another order: none');
$t->status_is($t->get('/api/products?ids=' . join(',', @ids[ 0 .. 9 ], 'f' x 24)), 200,
    'one of them is nobody');
for my $list (@all) {
    for my $limit (1, 20, 100) {
        for my $more ('', '&page=1', '&page=2') {
            my $path = "${list}limit=$limit$more";
            my $said = commands_of($path, $limit);
            like($said, qr/^(?:count 1, )?find 1$/, "$path: $said");
            my $expected = $path !~ /stock/i ? '' : $more ? 'count 1, find 1' : 'find 1';
            is(commands_of($path, $limit, $expected), $expected, "$path: again");
        }
    }
}
# An answer without a product says where it came from as well.
my $nobody = '/api/products?category=nobody&inStock=true';
my $r;
is(finds($proxy, sub { $r = $t->get($nobody) }), 1, 'an empty list: one find');
is_deeply($r->json->{items}, [], 'it is empty');
is(detail($r), 'miss', 'an empty list that was asked for: a miss');
is(finds($proxy, sub { $r = $t->get("$nobody&page=1") }), 1, 'with a total: one find');
is(detail($r), 'miss', 'with a total: a miss');
$r = $t->get('/api/products?limit=20');
is(detail($r), 'local', 'a list that is known: local');
my $next = $r->json->{page}{next};
my ($link) = $r->header('Link') =~ /<([^>]+)>/;
like(commands_of($link, 20), qr/^find 1$/, 'the next page: one find');
is(commands_of($link, 20, ''), '', 'again: none');
is($t->get('/api/products?limit=20')->body, $r->body, 'the same bytes');

# Items that were sold since: from their copies.
$t->request(POST => "/api/products/$_/purchase")
    for map { $_->{id} } @{ $r->json->{items} }[ 0 .. 4 ];
is(commands_of('/api/products?limit=20', 20, ''), '', 'five sold: none');
is(scalar(grep { $_->{stock} == 4 } @{ $t->get('/api/products?limit=20')->json->{items} }),
    5, 'their stock is that of now');

# Items whose copies were lost cost one find for all of them.
$t->restart(part('local=2s redis=off'));
commands_of('/api/products?limit=100', 100);
sleep 1.2;
$t->get('/api/products?limit=100&page=1');    # reads its items again
sleep 1.2;
like(commands_of('/api/products?limit=100&page=1', 100),
    qr/^(?:(?:count 1, )?find 1)?$/, 'ended pages, items that live: one find at most');

# Hot, under concurrency, with the catalogue unchanged.
sub hot {
    my ($seconds, $path, %opt) = @_;
    my ($ends, $answers, $bad, $slowest) = (time + $seconds, 0, 0, 0);
    my $asked = finds(
        $proxy,
        sub {
            drive(
                connections => $opt{connections} // 32,
                request     => sub {
                    return if time > $ends;
                    return { port => $t->port, method => 'GET',
                        text => request_text(GET => $path, keepalive => 1) };
                },
                response => sub {
                    my ($r) = @_;
                    $answers++;
                    $bad++ if $r->status != 200;
                    $slowest = $r->{seconds} if $r->{seconds} > $slowest;
                },
                tick => $opt{tick},
            );
        }
    );
    is($bad, 0, 'hot: all 200');
    diag(sprintf '%s: %d answers, %d finds, slowest %.0f ms', substr($path, 0, 40), $answers,
        $asked, 1000 * $slowest);
    return ($asked, $answers);
}
$t->restart(part('local=2s redis=off'));
my ($asked, $answers) = hot(6, '/api/products?limit=20');
cmp_ok($asked, '<=', 60, 'a hot list: a find a lifetime and worker, and some');
cmp_ok($answers, '>', 10 * $asked, 'most cost none');
($asked, $answers) = hot(4, '/api/products?ids=' . join ',', @ids[ 0 .. 19 ]);
cmp_ok($asked, '<=', 160, 'hot ids: at most a find a lifetime for each, and some');

# With a slow database: who asks meanwhile waits with the others, also after a
# change of the catalogue.
$t->restart(part('local=60s redis=off'));
$proxy->faults('delay 1000000 ms=400-400 command=find collection=products');
my @answers;
$asked = finds($proxy,
    sub { @answers = $t->all(map { [ GET => "/api/products?limit=7" ] } 1 .. 150) });
is_deeply($t->tally(@answers), { 200 => 150 }, 'slow: all are answered');
cmp_ok($asked, '<=', 6, "slow: $asked finds for 150 readers");
$proxy->faults('delay 1000000 ms=1500-1500 command=find collection=products');
$asked = finds(
    $proxy,
    sub {
        my @readers = map { Inv::HTTP::Connection->new($t->port) } 1 .. 100;
        my $text = request_text(GET => '/api/products?limit=8');
        $_->write($text) for @readers[ 0 .. 3 ];
        sleep 0.3;
        $t->create;
        $_->write($text) for @readers[ 4 .. 99 ];
        @answers = map { $_->response } @readers;
    }
);
is_deeply($t->tally(@answers), { 200 => 100 },
    'slow, the catalogue changes: all are answered');
cmp_ok($asked, '<=', 8,
    "slow, the catalogue changes: $asked finds for 100 readers");
$proxy->faults;

# Membership is right at once, through every worker.
$t->restart(part('local=60s redis=off'));
my $wrong = 0;
my $list  = '/api/products?category=members&sort=name&limit=50';
my %there;
for my $round (1 .. 20) {
    $t->all(map { [ GET => $list ] } 1 .. 4);    # it is in the zone now
    my $new = $t->create(name => "Member $round", category => 'members');
    $there{ $new->{id} } = 1;
    $wrong += members_wrong();
    my ($some) = keys %there;
    if ($round % 3 == 0) {
        $t->delete("/api/products/$some");
        delete $there{$some};
    }
    elsif ($round % 3 == 1) {
        $t->patch("/api/products/$some", { category => 'others' });
        delete $there{$some};
    }
    else {
        $t->request(POST => "/api/products/$some/restock");
    }
    $wrong += members_wrong();
}
is($wrong, 0, 'membership is right at once');

sub members_wrong {
    my $expected = join ' ', sort keys %there;
    return scalar grep {
        join(' ', sort map { $_->{id} } @{ ($_->json // {})->{items} // [] })
            ne $expected
    } $t->all(map { [ GET => $list ] } 1 .. 6);
}

# Totals likewise.
my $counted = $t->get("$list&page=1")->json->{page}{total};
is($counted, scalar keys %there, 'the total');
$t->create(category => 'members');
is($t->get("$list&page=1")->json->{page}{total}, $counted + 1, 'and after a create');

$t->done;
