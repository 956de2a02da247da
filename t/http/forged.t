# Somebody else writes into Redis: what this service did not write there, for
# that key and with the secret of its database, is never served, costs a miss,
# is counted, and does not stay.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Copy;
use Inv::Metrics;
use Inv::Test;

# The zone's copies would hide what Redis has.
my %part = (
    http      => 'inventory_cache local=off redis=60s;',
    locations => <<'EOT',
        location /api/ { inventory_api; }
        location /health { inventory_health; }
        location /metrics { inventory_metrics; }
EOT
);
my $t = Inv::Test->new->run(%part);
my $redis = $t->redis;

sub is_hit {
    my ($r) = @_;
    return ($r->header('Cache-Status') // '') eq 'inventory; hit; detail=redis';
}

# Reads until the answer comes from Redis; what stands there then.
sub warm {
    my ($product, @at) = @_;
    wait_until(sub { is_hit($t->get($t->path($product), @at)) })
        or die "no copy of $product->{id}\n";
    return $redis->command(GET => key_of($product));
}

sub key_of {
    my ($product) = @_;
    return 'inv:' . $t->database . ":p:$product->{id}";
}

sub refused {
    my ($reason, @at) = @_;
    return Inv::Metrics->new($t->get('/metrics', @at))
        ->value('inventory_redis_copies_refused_total', reason => $reason);
}

# Puts a value in the place of a copy and reads the product, until the value was
# met: a copy that an earlier read stores late takes its place.  What was read.
sub plant {
    my ($product, $value, $reason) = @_;
    my ($read, @wrong);
    my $counted = refused($reason);
    wait_until(
        sub {
            $redis->command(SET => key_of($product), $value);
            $read = $t->get($t->path($product));
            push @wrong, $read->body if $read->json->{price} != 99;
            return refused($reason) > $counted;
        }
    ) or push @wrong, "not counted as $reason";
    return "@wrong";
}

my ($cheap, $dear) = map { $t->create(name => "price $_", price => $_, stock => 9) }
    10, 99;
my $path = $t->path($dear);
my ($of_cheap, $of_dear) = map { warm($_) } $cheap, $dear;
my $copy = Inv::Copy->read($of_dear) or die "not a copy: $of_dear\n";
is($copy->{id}, $dear->{id}, 'a copy names its product');

# The secret is in the database, and no node's own.
my ($secret) = $t->mongo->find('settings', { _id => 'redis' });
ok($secret && length $secret->{secret} == 24, 'a secret of 16 bytes');
is($copy->tag(Inv::Copy->key($secret->{secret}, 'inv:' . $t->database . ':')),
    $copy->{tag}, 'tags are made as documented');

# With the head or the text changed.
my %changed = (
    price   => sub { $_[0] =~ s/"price":99/"price":19/ },
    stock   => sub { $_[0] =~ s/"stock":9/"stock":8/ },
    version => sub { $_[0] =~ s/^(inv3 \w+ \w+ )\d{19}/${1}0000000000000000002/ },
    'the largest version' => sub {
        $_[0] =~ s/^(inv3 \w+ \w+ )\d{19}/${1}0009007199254740991/;
    },
    'a version too large' =>
        sub { $_[0] =~ s/^(inv3 \w+ \w+ )\d{19}/${1}9223372036854775807/ },
    made     => sub { $_[0] =~ s/^(inv3(?: \w+){3} \d{18})(\d)/$1 . ($2 + 1) % 10/e },
    deadline => sub { $_[0] =~ s/^(inv3(?: \w+){4} \d{13})(\d)/$1 . ($2 + 1) % 10/e },
    origin   => sub { $_[0] =~ s/^(inv3(?: \w+){5} )\w{16}/${1}0123456789abcdef/ },
    tag      => sub { $_[0] =~ s/^(inv3 )\w{16}/${1}0123456789abcdef/ },
    product  => sub { $_[0] =~ s/$cheap->{id}/$dear->{id}/g },
    marker   => sub { $_[0] =~ s/^(inv3(?: \w+){6}) \d{7}\n.*/$1 0000000\n/s },
);
for my $name (sort keys %changed) {
    my $value = $name eq 'product' ? $of_cheap : warm($dear);
    my $before = $value;
    $changed{$name}->($value);
    isnt($value, $before, "$name: changed");
    is(plant($dear, $value, 'tag'), '', "$name: the true one, and counted");
    ok(warm($dear), "$name: and replaced by a good copy, though it had no end");
}

# A true copy of another product.
is(plant($dear, warm($cheap), 'product'), '', "another product's copy");
ok(warm($dear), 'and replaced');
like($t->nginx->log, qr/what Redis had as product $dear->{id} was refused/,
    'the log names the product');

# What is no copy of ours, that of an earlier version of the module included.
for my $value ('x', '{"price":1}', "\0" x 200, 'inv2 ' . 'x' x 200, substr($of_dear, 0, -1),
    "$of_dear ", $of_dear =~ s/^inv3/inv2/r)
{
    is(plant($dear, $value, 'layout'), '', 'no copy: the true one, and counted');
}
ok(warm($dear), 'and replaced');

# That there is none is no lie.
my $counted = refused('layout');
$redis->command(DEL => key_of($dear));
$t->get($path);
is(refused('layout'), $counted, 'none at all: not counted');

# An old copy of the same product: the floor, where it was changed.
my $old = warm($dear);
$t->patch($path, { price => 100 });
$redis->command(SET => key_of($dear), $old);
is($t->get($path)->json->{price}, 100, 'an old copy: not below the floor');

# And elsewhere its own deadline, whatever Redis was told to keep it for.
$t->restart(%part, http => 'inventory_cache local=off redis=1s;');
$t->run_beside('b', %part, http => 'inventory_cache local=off redis=1s;');
my @b = (port => $t->port('b'));
$old = warm($dear, @b);
$t->patch($path, { price => 101 });
$redis->command(SET => key_of($dear), $old);
ok(wait_until(sub { $t->get($path, @b)->json->{price} == 101 }),
    'an old copy at another node: until its deadline');
is(refused('tag', @b), 0, 'it was a true one once');

# Another secret: a Redis of another cluster, or the secret was changed.
is($t->mongo->update('settings', { _id => 'redis' },
        { '$set' => { secret => { '$binary' => { base64 => 'MDEyMzQ1Njc4OWFiY2RlZg==',
            subType => '00' } } } }), 1, 'the secret is changed');
$t->restart(%part);
my $value = warm($dear);
isnt($value, $old, 'nodes begin with the new one');
cmp_ok(refused('tag', @b), '>=', 0, 'metrics');
wait_until(
    sub {
        $t->get($path, @{$_}) for [], \@b;
        return refused('tag', @b) > 0;
    }
);
cmp_ok(refused('tag', @b), '>', 0, 'who has the old one does not believe it');
is($t->get($path, @b)->json->{price}, 101, 'and reads the truth');

# No secret: no copies, until there is one.
$t->mongo->update('settings', { _id => 'redis' }, { '$set' => { secret => 'short' } });
$redis->command(DEL => key_of($dear));
$t->nginx->allow(qr/copies in Redis are not used/);
$t->restart(%part);
is_deeply($t->tally(map { $t->get($path) } 1 .. 3), { 200 => 3 }, 'no secret: read');
$t->status_is($t->patch($path, { price => 102 }), 200, 'no secret: changed');
ok(wait_until(sub { !$redis->command(EXISTS => key_of($dear)) }),
    'no copy is made');
ok( wait_until(sub { $t->nginx->log =~ /copies in Redis are not used: .*"redis" of settings/ }),
    'the log says why');
is($t->get('/health/ready')->json->{status}, 'degraded', 'and /ready');

$t->done;
