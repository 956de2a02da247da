# Several Redis servers, and all that a URL may say of one: on real servers with
# passwords, users of few rights, databases and unix sockets; and what nodes
# hear of each other through them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;
use Inv::RedisServer;

# One worker, which says everything once.
my $t = Inv::Test->new(workers => 1);
my $dir = $t->dir;
chmod 0777, $dir; # a worker is nobody, and enters by a socket here

my %server = map {
    $_ => Inv::RedisServer->new(dir => $dir, name => "redis-$_")
} qw(a b c);

sub url { my ($name) = @_; return 'redis://127.0.0.1:' . $server{$name}->port }

# Copies in the zone end soon, so that those in Redis are seen.
sub directives {
    my ($servers, $cache) = @_;
    $cache //= 'local=off';
    return (directives => <<"EOT");
    inventory_mongo "%%MONGO%%";
    inventory_redis $servers;
    inventory_cache $cache;
    inventory_timeout 10s;
EOT
}

my $runs;

sub run {
    my (@part) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return $runs++ ? $t->restart(@part) : $t->run(@part);
}

sub is_hit {
    my ($product, @opt) = @_;
    my $r = $t->get($t->path($product), @opt);
    return ($r->header('Cache-Status') // '') =~ /hit; detail=redis/;
}

sub warm {
    my ($product, @opt) = @_;
    return wait_until(sub { is_hit($product, @opt) });
}

# From which byte of the log on a part is looked at.
sub log_end { return -s "$dir/error.log" // 0 }
sub log_from { my ($from) = @_; return substr $t->nginx->log, $from }

sub logged {
    my ($from, $pattern, $seconds) = @_;
    return wait_until(sub { log_from($from) =~ $pattern }, $seconds);
}

# The servers that hold a product.
sub holders {
    my ($product) = @_;
    return join ' ',
        grep { $server{$_}->keys_with($product->{id}) } qw(a b c);
}


# Each product has one server, each server its share.
run(directives(join ' ', map { url($_) } qw(a b c)));
my @products = map { $t->create(stock => 1000) } 1 .. 60;
is(scalar(grep { warm($_) } @products), 60, 'all products are copied');
my %place = map { $_->{id} => holders($_) } @products;
my %share;
$share{$_}++ for values %place;
is_deeply([ sort keys %share ], [qw(a b c)], 'each in one server');
ok(!(grep { $_ < 8 } values %share), 'a fair share each');

# Another node says the same in another order, and means the same.
$t->run_beside('other', directives(join ' ', map { url($_) } qw(c a b)));
my @other = (port => $t->port('other'));
is(scalar(grep { warm($_, @other) } @products), 60, 'another node');
is_deeply({ map { $_->{id} => holders($_) } @products }, \%place,
    'keeps every copy where the first does');

# A lost server costs its share, and the others do not take it.
$server{b}->stop;
$t->get($t->path($_)) for @products;
my ($wrong, $hits, $lent) = (0, 0, 0);
for my $product (@products) {
    my $r = $t->request(POST => $t->path($product, 'purchase'));
    my @reads = map { $t->get($t->path($product)) } 1 .. 3;
    $wrong += grep { $_->status != 200 } $r, @reads;
    $wrong += grep { $_->json->{stock} != $r->json->{remaining} } @reads;
    $hits++ if warm_unless_lost($product);
    $lent++ if $place{ $product->{id} } eq 'b' && holders_but_b($product);
}

sub warm_unless_lost {
    my ($product) = @_;
    return $place{ $product->{id} } eq 'b' ? is_hit($product) : warm($product);
}

sub holders_but_b {
    my ($product) = @_;
    return grep { $server{$_}->keys_with($product->{id}) } qw(a c);
}

is($wrong, 0, 'one server lost: every answer is right');
is($hits, 60 - $share{b}, 'its share is missed, no more');
is($lent, 0, 'and not lent to others');
is($t->get('/health/ready')->json->{redis}, 'partly', 'which is told');
$server{b}->start;
is(scalar(grep { warm($_) } @products), 60, 'it is back, and used');
is_deeply({ map { $_->{id} => holders($_) } @products }, \%place,
    'everything is where it was');

# One more takes from all; what stays is found.
run(directives(join ' ', map { url($_) } qw(a b)));
my $moved = grep { warm($_); holders($_) ne $place{ $_->{id} } }
    grep { $place{ $_->{id} } ne 'c' } @products;
is($moved, 0, 'one less: what the others had stays theirs');

# From the environment, with blanks between.
{
    local $ENV{REDIS_URL} = '  ' . join " \t", map { url($_) } qw(a b c);
    run(directives => 'inventory_mongo "%%MONGO%%"; inventory_cache local=off;');
    is(scalar(grep { warm($_) } @products), 60, 'several in REDIS_URL');
    is_deeply({ map { $_->{id} => holders($_) } @products }, \%place,
        'each has its share');
}

# Lists that are wrong; the reason names none of the words.
for my $wrong (
    [ 'twice', qr/server 2: .*twice/, 'redis://h redis://:hunter2@H:6379/0' ],
    [ 'off among others', qr/server 2: /, 'redis://:hunter2@h off' ],
    [ 'a wrong one',      qr/server 2: /, 'redis://h redis://:hunter2@h:x' ],
    [   'too many', qr/server 17: .*16/,
        join ' ', map {"redis://:hunter2\@h$_"} 1 .. 17
    ],
    )
{
    my ($name, $saying, $list) = @{$wrong};
    my ($ok, $output) = $t->check_config(directives => "inventory_redis $list;");
    ok(!$ok, "refused: $name");
    like($output, $saying, 'and said which');
    unlike($output, qr/hunter2/, 'without a secret');
}
my ($ok) = $t->check_config(directives => 'inventory_redis '
        . join(' ', map {"redis://h$_"} 1 .. 16) . ';');
ok($ok, 'sixteen servers');


# Who may do no more than has to be: its own keys, its own channel.
my $prefix = 'inv:' . $t->database . ':';
my $redis = $server{a};
my @rights = (
    'on', '>s:e@c/r%t', 'resetkeys', 'resetchannels', '-@all', "~$prefix*",
    "&$prefix*", '+ping', '+getrange', '+set', '+eval', '+publish',
    '+subscribe'
);
my $login = 'till%2D7:s%3Ae%40c%2Fr%25t@';

sub used {
    my ($name, $url, @key) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $from = log_end();
    run(directives(qq{"$url"}));
    my $product = $t->create(stock => 5);
    ok(warm($product), "$name: copies are used");
    my $sold = $t->request(POST => $t->path($product, 'purchase'));
    is($t->get($t->path($product))->json->{stock}, 4, "$name: and changed");
    unlike(log_from($from), qr/refuse/, "$name: and nothing is refused");
    return $product;
}

$redis->command(ACL => 'SETUSER', 'till-7', 'reset', @rights);
used('few rights', "redis://${login}127.0.0.1:" . $redis->port);

# Without the channel everything else is as it was.
$redis->command(ACL => 'SETUSER', 'till-7', 'resetchannels');
my $from = log_end();
run(directives("redis://${login}127.0.0.1:" . $redis->port, 'local=1s'));
ok(warm($t->create), 'no right to the channel: copies are used');
ok(logged($from, qr/messages of Redis at \S+ are missed: it refused SUBSCRIBE/),
    'and it is told');
sleep 3;
is(scalar(() = log_from($from) =~ /are missed/g), 1, 'once');
unlike(log_from($from), qr/s:e\@c/, 'without the password');
unlike(log_from($from), qr/is not used: (?!no reply)/, 'nothing else is');

# Without the right to write, reads are as they were.
$redis->command(ACL => 'SETUSER', 'till-7', 'reset', @rights, '-set', '-eval');
$from = log_end();
run(directives("redis://${login}127.0.0.1:" . $redis->port));
my $product = $t->create;
ok(
    wait_until(
        sub {
            $t->get($t->path($product));
            return log_from($from) =~ /Redis refuses a command: NOPERM/;
        }
    ),
    'no right to write: it is told'
);
is_deeply($t->tally(map { $t->get($t->path($product)) } 1 .. 5), { 200 => 5 },
    'and nothing fails');

sub refused {
    my ($name, $url, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $start;
    # Only the first reason is told: not that of a machine under load.
    for my $try (1 .. 5) {
        $start = log_end();
        run(directives(qq{"$url"}));
        logged($start, qr/is not used/);
        last if log_from($start) !~ /is not used: no reply/;
    }
    my $some = $t->create;
    ok(logged($start, qr/Redis at \S+ is not used: $why/), "$name: told why");
    is_deeply($t->tally(map { $t->get($t->path($some)) } 1 .. 5),
        { 200 => 5 }, "$name: nothing fails");
    unlike(log_from($start), qr/s:e\@c|hunter2/, "$name: no secret");
    return;
}

my $at = '127.0.0.1:' . $redis->port;
$redis->command(ACL => 'SETUSER', 'till-7', 'reset', @rights);
refused('another password', "redis://till-7:hunter2\@$at",
    'it refused the password: WRONGPASS');
refused('nobody', "redis://hunter2:hunter2\@$at",
    'it refused the password: WRONGPASS');
refused('no database of that number', "redis://$at/999",
    'it refused the database: ERR .*index');

# A password alone, and databases.
my $locked = Inv::RedisServer->new(
    dir   => $dir,
    name  => 'redis-locked',
    login => [ '', 'sesame' ],
    more  => [
        '--requirepass', 'sesame', '--unixsocket', "$dir/redis.sock",
        '--unixsocketperm', '777'
    ],
);
$server{locked} = $locked;
my $locked_at = '127.0.0.1:' . $locked->port;

sub databases_of {
    my ($some) = @_;
    my @found;
    for my $number (0 .. 15) {
        $locked->command(SELECT => $number);
        push @found, $number if $locked->keys_with($some->{id});
    }
    return join ' ', @found;
}

my $some = used('a password', "redis://:sesame\@$locked_at");
is(databases_of($some), '0', 'in the first database');
$some = used('a database', "redis://default:sesame\@$locked_at/7");
is(databases_of($some), '7', 'in that database');
$some = used('a socket', "unix://:sesame\@$dir/redis.sock");
is(databases_of($some), '0', 'in the first database');
$some = used('a socket, a database', "unix://:sesame\@$dir/redis.sock?db=9");
is(databases_of($some), '9', 'in that database');
refused('no password', "redis://$locked_at", 'it refused PING: NOAUTH');
refused('no password at a socket', "unix:$dir/redis.sock",
    'it refused PING: NOAUTH');
refused('no such socket', "unix:$dir/none.sock", 'connect\(\) failed');


# What one node writes, another hears of.
my $channel = $prefix . 'changed';
my @long = directives(url('a') . ' ' . url('b'), 'local=1h redis=1h');
run(@long);
$t->run_beside('listener', @long);
my @listener = (port => $t->port('listener'));

sub listeners {
    return grep {
        my $n = $server{$_}->command(PUBSUB => 'NUMSUB', $channel)->[1];
        $n == 2
    } qw(a b);
}

sub all_up {
    return !grep { $t->get('/health/ready', @{$_})->json->{redis} ne 'up' }
        [], \@listener;
}

# Whether a change here is seen there, long before a copy there would end.
sub is_heard {
    my $one = $t->create(stock => 10);
    my $path = $t->path($one);
    $t->get($path, @listener) for 1 .. 3;
    my $left = $t->request(POST => "$path/purchase")->json->{remaining};
    return wait_until(
        sub { $t->get($path, @listener)->json->{stock} == $left }, 5);
}

# What a machine under load has lost, and told of, is lost: then once more.
sub heard {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($missed, $heard) = (0, 0);
    for my $try (1 .. 20) {
        wait_until(sub { all_up() && listeners() == 2 });
        my @before = map { length $t->nginx($_)->log } qw(main listener);
        if (is_heard()) {
            last if ++$heard == 5;
            next;
        }
        my @said = map { substr $t->nginx($_)->log, shift @before }
            qw(main listener);
        $missed++ if !grep {/is not used|are missed/} @said;
    }
    is("$heard, $missed", '5, 0', "$name: a change elsewhere is seen");
    return;
}

ok(wait_until(sub { listeners() == 2 }), 'both nodes listen at both servers');
heard('two nodes');

# Whatever is said there.
for my $name (qw(a b)) {
    $server{$name}->command(PUBLISH => $channel, $_)
        for '', 'x', 'x' x 256, 'x' x 257, 'x' x 60_000,
        join('', map {chr} 0 .. 255), 'f' x 24 . ' 9' x 19 . ' 1 ' . '0' x 16;
}
heard('after nonsense');
is(scalar(listeners()), 2, 'which ended no subscription');

# Longer than any reply may be: that connection ends, and comes back.
$from = log_end();
$server{a}->command(PUBLISH => $channel, 'x' x 1_000_000);
ok(logged($from, qr/messages of Redis .* missed: it sent a reply that is too/),
    'a megabyte is not listened to');
ok(wait_until(sub { listeners() == 2 }), 'they listen again');
heard('after a megabyte');

$from = log_end();
$server{$_}->command(CLIENT => 'KILL', 'TYPE', 'pubsub') for qw(a b);
ok(logged($from, qr/messages of Redis .* are missed: it closed/),
    'a lost subscription is told');
ok(logged($from, qr/messages of Redis .* are heard again/), 'and its return');
ok(wait_until(sub { listeners() == 2 }), 'they listen again');
heard('after it was lost');
unlike(log_from($from), qr/is not used: (?!no reply)/,
    'commands went on meanwhile');

# A server that is silent for long is asked, and given up.
$from = log_end();
$server{b}->signal('STOP');
ok(logged($from, qr/messages of Redis .* are missed: no reply within 1000/, 20),
    'a hanging server is noticed');
$server{b}->signal('CONT');
ok(wait_until(sub { listeners() == 2 }), 'they listen again');
heard('after it hung');

# Asked more than once, it stays.
$from = log_end();
sleep 25;
unlike(log_from($from), qr/are missed/, 'a quiet subscription stays');
heard('after a quiet time');

$t->done;
