# What one node writes, another hears of: two nodes on one database and one
# Redis, with copies that live for so long that nothing else explains it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use Inv::Test;
use Inv::RedisServer;
use Inv::Watched;

my $t     = Inv::Test->new;
my $proxy = watch($t);
my $redis = Inv::RedisServer->new(dir => $t->dir, name => 'redis');
my $channel = 'inv:' . $t->database . ':changed';

my %part = (directives => <<"EOD");
    inventory_mongo "%%MONGO%%";
    inventory_redis redis://127.0.0.1:@{[ $redis->port ]};
    inventory_cache local=30s redis=60s;
    inventory_zone 8m;
    inventory_timeout 10s;
EOD

# Only the other's database is slow now and then.
my $direct = Inv::Servers::with_database(Inv::Servers::mongo_uri(), $t->database);
$t->run(
    directives => $part{directives} =~ s/%%MONGO%%/$direct/r,
    listen     => '127.0.0.1:%%PORT%% reuseport'
);
$t->run_beside('b', %part, listen => '127.0.0.1:%%PORT_b%% reuseport');
my @b = (port => $t->port('b'));

# How many nodes listen: one worker of each.
sub listeners { return $redis->command(PUBSUB => 'NUMSUB', $channel)->[1] }

sub all_up {
    return !grep { ($t->get('/health/ready', @{$_})->json // {})->{redis} ne 'up' }
        [], [], \@b, \@b;
}

sub ready { return wait_until(sub { listeners() == 2 && all_up() }, 30) }
ok(ready(), 'both nodes listen, by one worker each');
is(listeners(), 2, 'and no more');

# How long until something is so at the other node; what is lost while Redis was
# not used by who wrote, which that node has told of, does not count.
sub heard {
    my ($what, $rounds, $write, $seen) = @_;
    my (@took, $missed, $excused);
    for my $round (1 .. $rounds) {
        ready();
        my $from = length $t->nginx->log . $t->nginx('b')->log;
        my $done = $write->($round);
        my $began = time;
        if (wait_until(sub { $seen->($done) }, 5)) {
            push @took, 1000 * (time - $began);
        }
        elsif (length $t->nginx->log . $t->nginx('b')->log > $from
            && substr($t->nginx->log . $t->nginx('b')->log, -4000) =~ /is not used|are missed/) {
            $excused++;
        }
        else { $missed++ }
    }
    @took = sort { $a <=> $b } @took;
    diag(sprintf '%s: median %.1f ms, slowest %.1f ms, excused %d', $what,
        $took[ @took / 2 ] // -1, $took[-1] // -1, $excused // 0);
    is($missed // 0, 0, "$what: heard of");
    cmp_ok(scalar @took, '>=', $rounds / 2, "$what: mostly");
    cmp_ok($took[ @took / 2 ] // 1e6, '<', 2000, "$what: soon");
    return;
}

my $product = $t->create(stock => 1_000_000, sku => 'NEWS');
my $path    = $t->path($product);
my $reads_b = sub { return $t->all(map { [ GET => $_[0], @b ] } 1 .. 6) };

heard('a purchase', 20,
    sub {
        $reads_b->($path);
        return $t->request(POST => "$path/purchase")->json->{remaining};
    },
    sub { return !grep { $_->json->{stock} > $_[0] } $reads_b->($path) });
heard('a PATCH', 10,
    sub {
        $reads_b->($path);
        $t->patch($path, { name => "Name $_[0]" });
        return "Name $_[0]";
    },
    sub { return $t->get($path, @b)->json->{name} eq $_[0] });
heard('a PATCH, by sku', 10,
    sub {
        $reads_b->('/api/products/sku/NEWS');
        $t->patch($path, { name => "Sku $_[0]" });
        return "Sku $_[0]";
    },
    sub { return $t->get('/api/products/sku/NEWS', @b)->json->{name} eq $_[0] });
heard('a sku that moves', 10,
    sub {
        my ($round) = @_;
        my $old = $t->create(sku => "MOVES-$round");
        $reads_b->("/api/products/sku/MOVES-$round");
        $t->patch($t->path($old), { sku => undef });
        return [ $t->create(sku => "MOVES-$round")->{id}, "MOVES-$round" ];
    },
    sub {
        my $r = $t->get("/api/products/sku/$_[0][1]", @b);
        return $r->status == 200 && $r->json->{id} eq $_[0][0];
    });
heard('a deletion', 8,
    sub {
        my $gone = $t->create;
        $reads_b->($t->path($gone));
        $t->delete($t->path($gone));
        return $t->path($gone);
    },
    sub { return $t->get($_[0], @b)->status == 404 });
my $list = '/api/products?category=news&limit=100';
heard('a new member of a list', 10,
    sub {
        $reads_b->($list);
        return $t->create(category => 'news')->{id};
    },
    sub {
        my ($id) = @_;
        return scalar grep { $_->{id} eq $id } @{ $t->get($list, @b)->json->{items} };
    });
heard('a member that leaves', 8,
    sub {
        my $leaves = $t->create(category => 'news');
        $reads_b->($list);
        $t->patch($t->path($leaves), { category => 'olds' });
        return $leaves->{id};
    },
    sub {
        my ($id) = @_;
        return !grep { $_->{id} eq $id } @{ $t->get($list, @b)->json->{items} };
    });

# Several changes in quick succession, while the other node reads all the time:
# the last is what it shows in the end.
my $stuck = 0;
for my $round (1 .. 25) {
    ready();
    my $left;
    my $writes = 0;
    my $stop = 0;
    drive(
        connections => 6,
        request     => sub {
            return if $stop > 30;
            my $buys = $writes < 12 && rand() < 0.3;
            $writes++ if $buys;
            $stop++ if !$buys;
            return {
                port   => $buys ? $t->port : $t->port('b'),
                method => $buys ? 'POST' : 'GET',
                text   => $buys
                ? request_text(POST => "$path/purchase", keepalive => 1)
                : request_text(GET => $path, keepalive => 1),
            };
        },
        response => sub {
            my ($r, $request) = @_;
            return if $request->{method} eq 'GET' || $r->status != 200;
            $left = $r->json->{remaining}
                if !defined $left || $r->json->{remaining} < $left;
        },
    );
    my $ok = wait_until(sub { $t->get($path, @b)->json->{stock} <= $left }, 2);
    $stuck++ if !$ok;
    $t->request(POST => "$path/purchase");
}
is($stuck, 0, 'many changes: the last one is shown');

# What the other node is reading from the database just then is not kept.
my $late = 0;
for my $round (1 .. 6) {
    ready();
    my $one = $t->create(stock => 100);
    my $at  = $t->path($one);
    $redis->command(DEL => $_) for $redis->keys_with($one->{id});
    $proxy->faults('delay 1000000 ms=400-400 command=find collection=products');
    my $reader = Inv::HTTP::Connection->new($t->port('b'));
    $reader->write(request_text(GET => $at));
    sleep 0.15;
    my $left = $t->request(POST => "$at/purchase")->json->{remaining};
    my $r = $reader->response;
    $proxy->faults;
    $late++ if !$r || $r->status != 200;
    $late++ if !wait_until(sub { $t->get($at, @b)->json->{stock} == $left }, 3);
}
is($late, 0, 'changed while it is read: not kept');

# Whatever is said there.
my $id = $product->{id};
my $wrong = 0;
for my $said (
    '', 'x', 'x' x 63, 'x' x 64, 'x' x 256, 'x' x 60_000, "\0" x 63,
    join('', map {chr} 0 .. 255),
    "$id " . '9' x 19 . ' 1 ' . 'f' x 16,
    "$id " . '0' x 19 . ' 0 ' . 'f' x 16,
    "$id " . '9223372036854775807 1 ' . 'f' x 16,
    "$id " . '9223372036854775808 1 ' . 'f' x 16,
    "$id " . '-000000000000000001 1 ' . 'f' x 16,
    "$id " . '1' x 19 . ' 2 ' . 'z' x 16,
    uc($id) . ' ' . '1' x 19 . ' 1 ' . 'f' x 16,
    'g' x 24 . ' ' . '1' x 19 . ' 1 ' . 'f' x 16,
    "$id\n" . '1' x 19 . "\n1\n" . 'f' x 16,
    )
{
    for my $times (1 .. 5) {
        $redis->command(PUBLISH => $channel, $said);
        for my $r ($t->get($path), $t->get($path, @b)) {
            $wrong++ if $r->status != 200 || $r->json->{id} ne $id;
        }
    }
}
is($wrong, 0, 'forged messages do no harm');
for my $n (1 .. 20_000) {
    # Many, without waiting for what is said to them.
    $redis->command(PUBLISH => $channel, "$id " . '9' x 18 . '0 1 ' . 'f' x 16)
        if $n % 10 == 0;
}
$t->request(POST => "$path/purchase");
my @answers = ($t->get($path), $t->get($path, @b));
is_deeply($t->tally(@answers), { 200 => 2 }, 'a flood of them: reads go on');
ok(
    wait_until(
        sub {
            $t->get($path, @b);
            return detail($t->get($path, @b)) eq 'local';
        },
        30
    ),
    'and copies are used afterwards'
);
heard('after forged messages', 5,
    sub {
        $reads_b->($path);
        return $t->request(POST => "$path/purchase")->json->{remaining};
    },
    sub { return !grep { $_->json->{stock} > $_[0] } $reads_b->($path) });

# The subscription is lost, and comes back.
$redis->command(CLIENT => 'KILL', 'TYPE', 'pubsub');
ok(ready(), 'killed: they listen again');
heard('after it was killed', 5,
    sub {
        $reads_b->($path);
        return $t->request(POST => "$path/purchase")->json->{remaining};
    },
    sub { return !grep { $_->json->{stock} > $_[0] } $reads_b->($path) });
$redis->stop;
$t->status_is($t->request(POST => "$path/purchase"), 200, 'Redis stopped: sold');
$redis->start;
ok(ready(), 'Redis started: they listen again');
heard('after a restart of Redis', 5,
    sub {
        $reads_b->($path);
        return $t->request(POST => "$path/purchase")->json->{remaining};
    },
    sub { return !grep { $_->json->{stock} > $_[0] } $reads_b->($path) });

# The worker that listens dies: its successor does.
$t->nginx('b')->allow(qr/exited on signal 9/);
kill KILL => $_ for $t->nginx('b')->workers;
wait_until(sub { $t->nginx('b')->workers == 2 });
ok(ready(), 'workers killed: another listens');
ok($t->nginx('b')->reload, 'reloaded');
ok(ready(), 'reloaded: one listens');
heard('after a reload', 5,
    sub {
        $reads_b->($path);
        return $t->request(POST => "$path/purchase")->json->{remaining};
    },
    sub { return !grep { $_->json->{stock} > $_[0] } $reads_b->($path) });

# Without the right to the channel: everything but news.
$redis->command(ACL => 'SETUSER', 'mute', 'reset', 'on', '>secret', '~*',
    'resetchannels', '+@all');
my $from = length $t->nginx('b')->log;
my @wrong = $t->nginx('b')->finish;
ok(!@wrong, 'ended') or diag(@wrong);
(my $mute = $part{directives}) =~ s{redis://}{redis://mute:secret@};
$t->run_beside('b', directives => $mute);
my %count;
for my $round (1 .. 10) {
    $count{ $t->request(POST => "$path/purchase", @b)->status }++;
    $count{ $t->get($path, @b)->status }++;
}
is_deeply(\%count, { 200 => 20 }, 'no right to the channel: works');
sleep 3;
my $said = () = substr($t->nginx('b')->log, $from) =~ /messages of Redis at \S+ are missed/g;
is($said, 1, 'and is told once');

$t->done;
