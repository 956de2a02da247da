# The copy in Redis: made, used, and never served when it must not be.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Copy;
use Inv::Test;

# The zone's copies are another test's: they would hide what Redis has.
my $t = Inv::Test->new->run(http => 'inventory_cache local=off;');

sub is_hit {
    my ($r) = @_;
    return ($r->header('Cache-Status') // '') eq 'inventory; hit; detail=redis';
}

# The key under which a product's copy is kept, once it is.
sub key_of {
    my ($product) = @_;
    my @keys;
    wait_until(sub { @keys = $t->redis->keys_with($product->{id}) });
    is(scalar @keys, 1, 'one key a product');
    return $keys[0];
}

# Reads until the answer comes from Redis.
sub warm {
    my ($product) = @_;
    return wait_until(
        sub {
            my $r = $t->get($t->path($product));
            return is_hit($r) && $r;
        }
    );
}

sub milliseconds { my ($from_now) = @_; return sprintf '%019d', time * 1000 + $from_now }

# The key of tags; forged copies have good ones, for the rules behind the tag.
my $seal;

sub sealed {
    my ($copy) = @_;
    $seal //= Inv::Copy->key(
        ($t->mongo->find('settings', { _id => 'redis' }))[0]{secret},
        'inv:' . $t->database . ':');
    return $copy->sealed($seal);
}

# A copy with another deadline (ms from now), another text, and made at another
# time.
sub forged {
    my ($value, $deadline, $from, $to, $made) = @_;
    my $copy = Inv::Copy->read($value) or die "not a copy: $value\n";
    $copy->{deadline} = milliseconds($deadline);
    $copy->{made} = milliseconds($made) if defined $made;
    $copy->{body} =~ s/\Q$from\E/$to/ if defined $from;
    return sealed($copy);
}

# Read through, written back.
my $product = $t->create(name => 'Original', stock => 50);
my $path = $t->path($product);
my $miss = $t->get($path);
like($miss->header('Cache-Status'), qr/^inventory; (?:fwd=miss|hit)/,
    'Cache-Status');
my $hit = warm($product);
ok($hit, 'a copy is made and used');
is($hit->body, $miss->body, 'the same bytes');
is($hit->header('ETag'), $miss->header('ETag'), 'the same ETag');
$t->status_is($t->get($path, headers => [ 'If-None-Match' => '"1"' ]), 304,
    '304 from the copy');
my $key = key_of($product);
like($key, qr/\Q@{[$t->database]}\E/, 'the key tells the database');
my $ttl = $t->redis->command(PTTL => $key);
ok($ttl > 0 && $ttl <= 120_000, 'the key does not live for ever');

# The copy is what is read: a change behind the service's back is not seen yet.
$t->mongo->update('products', { _id => Inv::Mongo::oid($product->{id}) },
    { '$set' => { name => 'Behind' } });
$hit = $t->get($path);
ok(is_hit($hit), 'a hit');
is($hit->json->{name}, 'Original', 'the copy is served');
$t->redis->command(DEL => $key);
is($t->get($path)->json->{name}, 'Behind', 'without it, the database');
$t->patch($path, { name => 'Original' });

# Every change is seen at once, by every worker; Redis has been told.
my %change = (
    PATCH    => sub { $t->patch($path, { category => "c$_[0]" }) },
    PUT      => sub {
        $t->put($path, { name => 'Original', price => 1, category => "p$_[0]" });
    },
    purchase => sub { $t->request(POST => "$path/purchase") },
);
for my $kind (sort keys %change) {
    my ($late, $told) = (0, 0);
    for my $n (1 .. 10) {
        ok(warm($product), 'cached') if $n == 1;
        my $old = $t->get($path)->json->{version};
        my $answer = $change{$kind}->($n);
        my $raw = $t->redis->command(GET => $key);
        $told++ if !defined $raw || Inv::Copy->read($raw)->{version} > $old;
        $t->status_is($answer, 200, $kind) if $answer->status != 200;
        $late += grep { $_->json->{version} != $old + 1 }
            $t->all(map { [ GET => $path ] } 1 .. 4);
    }
    is($late, 0, "$kind: no read after it shows an older version");
    is($told, 10, "$kind: Redis has been told when it is acknowledged");
}

# An old copy that comes back is not served, however often.
warm($product);
my $old_copy = $t->redis->command(GET => $key);
my $version = $t->get($path)->json->{version};
$t->patch($path, { name => 'Newer' });
for my $n (1 .. 10) {
    $t->redis->command(SET => $key, forged($old_copy, 30_000));
    my $r = $t->get($path);
    is($r->json->{name}, 'Newer', "an old copy planted: $n");
    cmp_ok($r->json->{version}, '>', $version, 'the newer version');
}

# What else may stand in Redis.  First, that planting works at all.
$t->patch($path, { name => 'Original' });
warm($product);
my $copy = $t->redis->command(GET => $key);
$t->redis->command(SET => $key, forged($copy, 30_000, 'Original', 'Poisoned'));
is($t->get($path)->json->{name}, 'Poisoned',
    'a copy that breaks no rule is served');
my $other = $t->create(name => 'Otherone');
warm($other);
my $other_copy = $t->redis->command(GET => key_of($other));
my $changed = Inv::Copy->read($other_copy);
$changed->{version} = Inv::Copy->read($copy)->{version};
$other_copy = sealed($changed);
my $poisoned = forged($copy, 30_000, 'Original', 'Poisoned');
$changed = Inv::Copy->read($poisoned);
$changed->{origin} = '0123456789abcdef';
my $other_origin = sealed($changed);
(my $other_format = $poisoned) =~ s/^inv3/inv4/;
my %planted = (
    'a deadline in the far future' =>
        forged($copy, 365 * 86_400_000, 'Original', 'Poisoned', 364 * 86_400_000),
    'a deadline beyond a lifetime' =>
        forged($copy, 150_000, 'Original', 'Poisoned', 90_000),
    'a node with longer lifetimes' =>
        forged($copy, 150_000, 'Original', 'Poisoned', -61_000),
    'a deadline that has passed' =>
        forged($copy, -2000, 'Original', 'Poisoned'),
    'a copy of another product'  => $other_copy,
    'a copy of a zone unknown'   => $other_origin,
    'another format'             => $other_format,
    'a copy cut short'           => substr($poisoned, 0, -20),
    'a copy with more behind it' => "$poisoned {}",
    'half a head'                => substr($poisoned, 0, 40),
    'nothing'                    => '',
    'a word'                     => 'Poisoned',
    'binary'                     => join('', map {chr} 0 .. 255),
    'only JSON'                  => '{"name":"Poisoned"}',
);
for my $name (sort keys %planted) {
    warm($product);
    $t->redis->command(SET => $key, $planted{$name});
    my $r = $t->get($path);
    $t->status_is($r, 200, "planted: $name");
    is(($r->json // {})->{name}, 'Original', 'the truth is served');
}
# A value that no copy can be: it costs a miss, the other copies stay of use.
$t->redis->command(SET => $key, 'x' x 2_000_000);
is($t->get($path)->json->{name}, 'Original', 'planted: two megabytes');
ok(warm($other), 'copies of others are used');
ok(warm($product), 'and it is replaced by a good one');
for my $type ([ RPUSH => 'x' ], [ HSET => 'x', 'y' ], [ SADD => 'x' ]) {
    my ($command, @words) = @{$type};
    # A copy that the read before is still writing back may come between.
    wait_until(
        sub {
            $t->redis->command(DEL => $key);
            return eval { $t->redis->command($command => $key, @words); 1 };
        }
    ) or die "$command: $@";
    is($t->get($path)->json->{name}, 'Original', "planted: by $command");
    $t->patch($path, { category => $command });
    is($t->get($path)->json->{category}, $command, 'and changed');
}
$t->redis->command(DEL => $key);
ok(warm($product), 'a good copy is made again');

# A deleted product does not come back.
$copy = $t->redis->command(GET => $key);
$t->delete($path);
for my $n (1 .. 5) {
    $t->redis->command(SET => $key, forged($copy, 30_000));
    $t->status_is($t->get($path), 404, "a deleted product's copy planted: $n");
}

# Lifetimes: a copy is used until its deadline, then no more.
$t->restart(http => 'inventory_cache local=off redis=1s;');
$product = $t->create(name => 'Shortlived');
$path = $t->path($product);
ok(warm($product), 'a copy for a second');
$t->mongo->update('products', { _id => Inv::Mongo::oid($product->{id}) },
    { '$set' => { name => 'Behind' } });
ok(wait_until(sub { $t->get($path)->json->{name} eq 'Behind' }),
    'is not used after it');

# Off
for my $off ('inventory_cache local=off redis=off;', undef) {
    $t->restart(
        $off
        ? (http => $off)
        : (directives => 'inventory_mongo "%%MONGO%%"; inventory_redis off;
            inventory_cache local=off;')
    );
    $product = $t->create(name => 'Uncached');
    $path = $t->path($product);
    my @answers = map { $t->get($path) } 1 .. 5;
    is_deeply($t->tally(@answers), { 200 => 5 }, 'off: reads');
    is(scalar(grep { is_hit($_) } @answers), 0, 'off: none is a hit');
    $t->patch($path, { name => 'Changed' });
    is($t->get($path)->json->{name}, 'Changed', 'off: changes are seen');
}
is(scalar $t->redis->keys_with($product->{id}), 0,
    'inventory_redis off leaves no key');

$t->done;
