# Redis killed, restarted, hanging, flushed, set back: it costs speed, nothing else.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

use Time::HiRes qw(time);

my $redis = Inv::Servers->private('redis');
my $t = Inv::Test->new(redis => $redis->uri);

# Redis is away when nginx starts.
$redis->stop;
$t->run;
my @products = map { $t->create(stock => 100_000) } 1 .. 5;

# Changes and reads: every answer right, every write seen at once.
sub churn {
    my ($when, $rounds) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($errors, $stale, $slow) = (0, 0, 0);
    for my $n (1 .. $rounds) {
        my $path = $t->path($products[ $n % @products ]);
        my $bought = $t->request(POST => "$path/purchase");
        my @reads = $t->all(map { [ GET => $path ] } 1 .. 3);
        $errors += grep { $_->status != 200 } $bought, @reads;
        next if $bought->status != 200;
        my $remaining = $bought->json->{remaining};
        $stale += grep { $_->status == 200 && $_->json->{stock} != $remaining }
            @reads;
        $slow += grep { $_->{seconds} > 0.05 } @reads;
    }
    is($errors, 0, "$when: no error");
    is($stale, 0, "$when: no read shows an older state");
    return $slow;
}

sub hits_again {
    my ($when) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(
        wait_until(
            sub {
                my $r = $t->get($t->path($products[0]));
                return ($r->header('Cache-Status') // '') =~ /detail=redis/;
            },
            30
        ),
        "$when: copies are used"
    );
    return;
}

churn('away at the start', 20);
is($t->get('/health/ready')->json->{status}, 'degraded', 'and told');

$redis->start;
hits_again('started');
churn('running', 20);

$redis->kill;
churn('killed', 40);
$redis->start;
hits_again('started again');

# Hanging: what waits 50 ms waits rarely, not at every read.
$redis->pause;
my $rounds = 60;
my $slow = churn('hanging', $rounds);
cmp_ok($slow, '<', 3 * $rounds / 2, 'hanging: most reads do not wait for it');
$redis->resume;
hits_again('resumed');

# Hanging for moments only, so that commands are answered late.
for my $n (1 .. 5) {
    $redis->pause;
    churn("hanging for a moment, $n", 3);
    $redis->resume;
    churn("resumed, $n", 3);
}
hits_again('after moments');

$t->redis->command('FLUSHALL');
churn('flushed', 20);

# An old backup comes back.
hits_again('before the backup');
my %backup;
for my $product (@products) {
    my $path = $t->path($product);
    $t->get($path) for 1 .. 3;
    $backup{$_} = $t->redis->command(GET => $_)
        for $t->redis->keys_with($product->{id});
}
ok(scalar keys %backup, 'a backup is taken');
churn('after the backup', 10);
for my $product (@products) {
    my $bought = $t->request(POST => $t->path($product, 'purchase'));
    for my $key (grep { defined $backup{$_} } keys %backup) {
        $t->redis->command(SET => $key, $backup{$key});
    }
    my @stocks = map { $_->json->{stock} }
        $t->all(map { [ GET => $t->path($product) ] } 1 .. 6);
    is_deeply(\@stocks, [ ($bought->json->{remaining}) x 6 ],
        'set back: nobody reads the past');
}

# It refuses: as a replica without its master, a full memory, a password.
$t->redis->command(CONFIG => 'SET', 'maxmemory', '1');
churn('without memory', 20);
$t->redis->command(CONFIG => 'SET', 'maxmemory', '0');
$t->redis->command(CONFIG => 'SET', 'requirepass', 'new');
$t->redis->command(CLIENT => 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
churn('with a password that we do not know', 20);
$t->redis->command(CONFIG => 'SET', 'requirepass', '');
hits_again('without a password again');

$t->books_ok($_) for @products;
$redis->kill;
$t->done;
