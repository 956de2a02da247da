# The time that Redis took, where it is really slow: in the access log and in the
# line of what was slow; and that nobody waits longer than a command may take.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Inv::AccessLog;
use Inv::Coherence::Proxy;
use Inv::RedisServer;
use Inv::Test;
use Inv::Watched;

# A command may take 50 ms; a busy machine adds some.
my $PATIENCE = 0.05;
my $LEEWAY = 0.1;

my $t = Inv::Test->new(workers => 1);
my $mongo = watch($t);
my $server = Inv::RedisServer->new(dir => $t->dir, name => 'redis');
my $redis = Inv::Coherence::Proxy->new(
    url  => 'redis://127.0.0.1:' . $server->port,
    seed => 1,
);
my $log = Inv::AccessLog->new($t->dir . '/access.json');

$t->run(
    directives => <<"EOT",
    inventory_mongo "%%MONGO%%";
    inventory_redis ${\ $redis->url };
    inventory_cache local=off redis=1h;
    inventory_timeout 10s;
EOT
    http => Inv::AccessLog::format() . <<'EOT',
    access_log %%DIR%%/access.json inventory;
    inventory_slow 20ms;
EOT
);

my $part = qr/body (\d+), turn (\d+), redis (\d+), mongo (\d+), sending (\d+)/;

# A request: its line of the access log, the parts of the slow line.
sub logged {
    my ($method, $path) = @_;
    my ($trace, @header) = Inv::AccessLog::trace();
    my $r = $t->request($method, $path, headers => \@header);
    $t->status_is($r, 200, "$method $path");
    my $line = $log->of($trace);
    my ($text) = grep {/ slow: .*trace: $trace\b/} split /\n/, $t->nginx->log;
    my %slow;
    @slow{qw(body turn redis mongo sending)} = $text =~ $part if $text;
    return ($line, \%slow);
}

# The next read is answered by Redis.
sub hits {
    my ($path) = @_;
    return wait_until(sub { detail($t->get($path)) eq 'redis' }, 30);
}

my $product = $t->create(stock => 1000);
my $path = $t->path($product);
ok(hits($path), 'a copy is in Redis');
my ($line, $slow) = logged(GET => $path);
is($line->{cache}, 'redis', 'it is read there');
cmp_ok($line->{redisTime} // -1, '>=', 0, 'which took a time, however short');
is($line->{mongoTime}, undef, 'and MongoDB none');

# It answers late.
$redis->tell('replies 1000 1000 25 25');
for my $n (1 .. 3) {
    ($line, $slow) = logged(GET => $path);
    last if $line->{cache} eq 'redis';
    hits($path); # the machine was busy, and the answer too late
}
is($line->{cache}, 'redis', 'it is read there');
cmp_ok($line->{redisTime}, '>=', 0.02, 'Redis took that long');
cmp_ok($line->{redisTime}, '<=', $line->{duration} + 0.002, 'a part of all');
is($line->{mongoTime}, undef, 'MongoDB was not asked');
cmp_ok($slow->{redis}, '>=', 20, 'the slow line says so');
is($slow->{redis}, sprintf('%.0f', $line->{redisTime} * 1000), 'the same');
is($slow->{mongo}, 0, 'and nothing of MongoDB');

# Many that wait for one reply: each its own wait.
my @traces = map { [ Inv::AccessLog::trace() ] } 1 .. 4;
my @clients = map {
    my $client = Inv::HTTP::Connection->new($t->port);
    $client->write(request_text(GET => $path, headers => [ @{$_}[ 1, 2 ] ]));
    sleep 0.004;
    $client;
} @traces;
is($_->response->status, 200, 'read') for @clients;
for my $trace (@traces) {
    $line = $log->of($trace->[0]);
    cmp_ok($line->{redisTime} // 0, '<=', $line->{duration} + 0.002,
        'none waits longer than it was there');
}

# It hangs: until the command is given up, then MongoDB.
$redis->tell('clear');
ok(hits($path), 'well again');
$redis->tell('replies 1000 1000 2000 2000');
($line, $slow) = logged(GET => $path);
is($line->{cache}, 'miss', 'MongoDB is read');
cmp_ok($line->{redisTime}, '>=', $PATIENCE - 0.005, 'Redis was waited for');
cmp_ok($line->{redisTime}, '<=', $PATIENCE + $LEEWAY, 'as long as it may take');
ok(defined $line->{mongoTime}, 'then MongoDB');
cmp_ok($slow->{redis}, '>=', 45, 'the slow line says so');

# The next ones do not wait for it, nor does a write.
($line, $slow) = logged(GET => $path);
is($line->{redisTime}, undef, 'the next one does not ask it');
($line, $slow) = logged(POST => "$path/purchase");
is($line->{redisTime}, undef, 'a purchase does not wait for it');
cmp_ok($slow->{redis} // 0, '==', 0, 'the slow line neither');

# Both are slow: each its part.
$redis->tell('clear');
ok(hits($path), 'well again');
$server->command('FLUSHALL');
$mongo->faults('delay 1000000 ms=60-60');
$redis->tell('replies 1000 1000 25 25');
($line, $slow) = logged(GET => $path);
is($line->{cache}, 'miss', 'a miss');
cmp_ok($line->{redisTime}, '>=', 0.02, 'Redis first');
cmp_ok($line->{mongoTime}, '>=', 0.055, 'then MongoDB');
cmp_ok($slow->{redis} + $slow->{mongo}, '<=', $line->{duration} * 1000 + 2,
    'together no more than all');
$mongo->faults;
$redis->tell('clear');

$t->done;
