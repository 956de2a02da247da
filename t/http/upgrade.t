# Two zones at once: a binary upgrade (USR2), its way back, and a reload that
# changes inventory_zone.  What one nginx has acknowledged, the other shows at
# once, though both have copies.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Process qw(children_of);
use Inv::Test;

my $t = Inv::Test->new;

# Each configuration has its copies in another database of Redis: no write of
# one puts right what the other has.
my $configurations = 0;

sub configure {
    my ($zone) = @_;
    my $redis = $t->redis_url =~ s{(?<=[^/])/\d*\z}{}r . '/' . $configurations++;
    my %parts = (
        directives => <<"EOT",
    inventory_mongo "%%MONGO%%";
    inventory_redis "$redis";
    inventory_timeout 10s;
    inventory_zone $zone;
EOT
        server => <<'EOT');
        add_header X-Pid $pid always;
        keepalive_timeout 600s;
        keepalive_requests 1000000;
EOT
    $t->nginx->write_config($t->config(%parts));
    return;
}


# Processes.  nginx has to be a daemon: it takes no USR2 from its own parent's.

my $owner = $$;
my %masters;

sub pid_in {
    my ($name) = @_;
    open my $in, '<', $t->dir . "/$name" or return;
    my $line = <$in> // return;
    return $line =~ /^(\d+)\n/ ? $1 : ();
}

sub lives { my ($pid) = @_; return kill 0, $pid }

# Workers of a master: a new binary is its child too, and has children.
sub workers {
    my ($master) = @_;
    return grep { !$masters{$_} } children_of($master);
}

# A master that is there with two workers, of whom none is of before.
sub settled {
    my ($master, @before) = @_;
    my %before = map { $_ => 1 } @before;
    return wait_until(
        sub {
            my @workers = workers($master);
            return @workers == 2 && !grep { $before{$_} } @workers;
        }
    );
}

sub start {
    configure('1m');
    # By its path: a new binary is started by the name of the old one.
    my ($name, @rest) = $t->nginx->command;
    my ($binary) = grep { -x } $name =~ m{/} ? $name
        : map {"$_/$name"} split(/:/, $ENV{PATH}), '/usr/sbin';
    local $ENV{LSAN_OPTIONS} = $t->nginx->leak_options;
    is(system($binary, @rest), 0, 'nginx is a daemon');
    my $master = wait_until(sub { pid_in('nginx.pid') });
    $masters{$master} = 1;
    ok(settled($master), 'with two workers');
    return $master;
}

# The new master that USR2 has made beside this one.
sub upgrade {
    my ($old) = @_;
    configure('1m');
    kill 'USR2', $old;
    my $new = wait_until(
        sub {
            my $pid = pid_in('nginx.pid');
            return $pid && $pid != $old && $pid;
        }
    );
    $masters{$new} = 1;
    ok(settled($new), 'the new binary has workers');
    ok(settled($old), 'so has the old one');
    return $new;
}

sub quit {
    my ($master) = @_;
    kill 'QUIT', $master;
    ok(wait_until(sub { !lives($master) }, 30), 'it quits');
    delete $masters{$master};
    return;
}

# The link's page that a process holds: which file it is, once for each time.
sub pages {
    my ($pid) = @_;
    return join ' ', map { (stat)[1] }
        grep { (readlink // '') =~ /ngx_inventory_link/ } glob "/proc/$pid/fd/*";
}

END {
    kill 'KILL', map { ($_, children_of($_)) } keys %masters if $$ == $owner;
}


# Connections, each to a worker of its choice: the others stand still meanwhile.
# The kernel wakes one of them for each connection, be it one that stands still:
# then it is the next connection that wakes another.
sub connection_to {
    my ($worker) = @_;
    my @others = grep { $_ != $worker } map { workers($_) } keys %masters;
    my ($wanted, @made);
    kill 'STOP', @others;
    while (!$wanted && @made < 50) {
        push @made, Inv::HTTP::Connection->new($t->port);
        $made[-1]->write(request_text(GET => '/health/live', keepalive => 1));
        ($wanted) = grep { is_answered_by($_, $worker) } @made;
    }
    kill 'CONT', @others;
    $_->close for grep { !$wanted || $_ != $wanted } @made;
    return $wanted // die "no connection to worker $worker\n";
}

sub is_answered_by {
    my ($connection, $worker) = @_;
    my $r = $connection->response(timeout => 0.05);
    return $r && $r->header('X-Pid') == $worker;
}

sub connections_to {
    my ($master) = @_;
    return map { connection_to($_) } workers($master);
}

sub ask {
    my ($connection, $method, $path) = @_;
    $connection->write(request_text($method, $path, keepalive => 1));
    my $r = $connection->response(method => $method)
        or die "$method $path: no answer\n";
    return $r;
}


my @products;
my %stock;
my $hits = 0;

# Once each of them uses copies: a Redis of a busy machine may take its time.
sub warm {
    my (@connections) = @_;
    for my $connection (@connections) {
        my $path = $t->path($products[0]);
        wait_until(
            sub {
                my $r = ask($connection, GET => $path);
                return ($r->header('Cache-Status') // '') =~ /hit/;
            }
        ) or die "no copy is used\n";
    }
    return;
}

sub remember {
    my ($r, $product) = @_;
    return if $r->status != 200;
    $stock{ $product->{id} } = $r->json->{remaining};
    return 1;
}

# Whether a connection shows the product as it is.
sub shows {
    my ($connection, $product) = @_;
    my $r = ask($connection, GET => $t->path($product));
    $hits++ if ($r->header('Cache-Status') // '') =~ /hit/;
    return $r->status == 200 && $r->json->{stock} == $stock{ $product->{id} };
}

# Each writes in turn, then all read, twice: the second time from copies.
sub rounds {
    my ($count, $name, @connections) = @_;
    my ($failed, $older) = (0, 0);
    warm(@connections);
    $hits = 0;
    for my $n (0 .. $count - 1) {
        my $product = $products[ $n % 7 % @products ];
        my @order = map { $connections[ ($n + $_) % @connections ] }
            0 .. $#connections;
        my $r = ask($order[0], POST => $t->path($product, 'purchase'));
        $failed++ if !remember($r, $product);
        $older += grep { !shows($_, $product) } reverse(@order), @order;
    }
    is($failed, 0, "$name: all writes are acknowledged");
    is($older,  0, "$name: nobody shows an older version");
    cmp_ok($hits, '>', $count / 2, "$name: copies are used");
    return;
}


# An upgrade.
my $first = start();
@products = map { $t->create(stock => 1_000_000) } 1 .. 5;
$stock{ $_->{id} } = 1_000_000 for @products;
my $page = pages($first);
like($page, qr/^\d+\z/, 'a link is there');
my @first = connections_to($first);
rounds(50, 'alone', @first);

my $second = upgrade($first);
is(pages($second), $page, 'the link is passed on');
my @second = connections_to($second);
rounds(300, 'two binaries', $first[0], $second[0], $first[1], $second[1]);

# Only one writes: the other has nothing but what the link says.
for my $pair ([ \@first, \@second, 'old' ], [ \@second, \@first, 'new' ]) {
    my ($writers, $readers, $name) = @{$pair};
    my $older = 0;
    for my $n (1 .. 150) {
        my $product = $products[ $n % @products ];
        shows($_, $product) for @{$readers}, @{$readers};
        remember(ask($writers->[ $n % 2 ], POST => $t->path($product, 'purchase')),
            $product);
        $older += grep { !shows($_, $product) } @{$readers};
    }
    is($older, 0, "what the $name one has acknowledged the other shows");
}

# The old one leaves.
$_->close for @first;
quit($first);
rounds(50, 'the new one alone', @second);

# And back: the newer one's workers beside the older's, which are made again.
my $third = upgrade($second);
is(pages($third), $page, 'the link is passed on again');
my @third = connections_to($third);
rounds(100, 'upgraded once more', @second, @third);
my @workers = workers($second);
$_->close for @second;
kill 'WINCH', $second;
ok(wait_until(sub { !grep { lives($_) } @workers }), 'the old workers leave');
rounds(50, 'the old master idle', @third);
configure('1m');
kill 'HUP', $second;
ok(settled($second, @workers), 'and are made again');
@second = connections_to($second);
rounds(200, 'on the way back', $third[0], $second[0], $third[1], $second[1]);
$_->close for @third;
quit($third);
rounds(50, 'back', @second);

# Reloads with another zone: old workers end what they have begun.  Their heads
# are read, their bodies come when the new workers have copies.
my $body = '{"quantity":1}';
for my $zone (qw(2m 3m 1m)) {
    my @old = workers($second);
    my @begun = map { Inv::HTTP::Connection->new($t->port) } 1 .. 60;
    my $n = 0;
    for my $connection (@begun) {
        my $path = $t->path($products[ $n++ % @products ], 'purchase');
        $connection->write(request_text(POST => $path, body => $body,
            head_only => 1, headers => [ Expect => '100-continue' ]));
    }
    my $going = grep { my $r = $_->response(interim => 1);
        $r && $r->status == 100 } @begun;
    is($going, 60, 'sixty are under way');

    configure($zone);
    $_->close for @second;
    kill 'HUP', $second;
    ok(wait_until(sub { workers($second) == 4 }), 'new workers beside the old');
    my %old = map { $_ => 1 } @old;
    @second = map { connection_to($_) } grep { !$old{$_} } workers($second);

    my ($older, $failed) = (0, 0);
    warm(@second);
    $hits = 0;
    for my $i (0 .. $#begun) {
        my $product = $products[ $i % @products ];
        shows($_, $product) for @second, @second;
        $begun[$i]->write($body);
        my $r = $begun[$i]->response(method => 'POST');
        $failed++ if !$r || !$old{ $r->header('X-Pid') // 0 }
            || !remember($r, $product);
        $older += grep { !shows($_, $product) } @second;
    }
    is($failed, 0, "zone of $zone: the old workers acknowledge");
    is($older,  0, 'and the new ones show it');
    cmp_ok($hits, '>', 30, 'though they use copies');
    ok(settled($second, @old), 'the old workers are gone');
    is(pages($second), $page, 'the link is the same');
    rounds(50, 'then', @second);
}

$t->books_ok($_) for @products;
$_->close for @second;
quit($second);
$t->done;
