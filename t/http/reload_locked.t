# A worker that stands still, or dies, in the middle of a change of the shared
# memory: the master does not wait for its lock, so that a reload goes on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Process qw(children_of);
use Inv::Test;

my $t = Inv::Test->new->run;
my $product = $t->create(stock => 10);
my $master = $t->nginx->pid;

# A process as the kernel sees it: "S" sleeps, "T" is stopped.
sub state_of {
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/stat" or return '';
    return <$in> =~ /\) (\S)/ ? $1 : '';
}

# Where the zones begin: nginx maps them as shared, anonymous memory, with the
# lock of each in its first word.  What is smaller is nginx's own.
sub zones {
    no warnings 'portable';
    open my $in, '<', "/proc/$master/maps" or die "maps: $!\n";
    return map { $_->[0] } grep { $_->[1] - $_->[0] >= 65536 }
        map { /^(\w+)-(\w+) rw-s .*\/dev\/zero/ ? [ hex $1, hex $2 ] : () } <$in>;
}

# In the master's memory, since it may be of another user than its workers.
sub word {
    my ($address, $value) = @_;
    open my $memory, '+<:raw', "/proc/$master/mem" or die "mem: $!\n";
    sysseek $memory, $address, 0 or die "seek: $!\n";
    if (defined $value) {
        syswrite $memory, pack 'Q', $value or die "write: $!\n";
        return;
    }
    sysread $memory, my $bytes, 8 or die "read: $!\n";
    return unpack 'Q', $bytes;
}

# Every lock that workers have, held by this one, which stands still.
sub stop_locked {
    my ($worker, @others) = @_;
    my @zones = zones();
    is(scalar @zones, 2, 'the zone, and that of the counts');
    ok(wait_until(sub { stopped_unlocked(\@zones, $worker, @others) }),
        'the workers stand still, and none holds a lock');
    word($_, $worker) for @zones;
    kill 'CONT', @others;
    return;
}

# False: it was in the middle of a change; they go on.
sub stopped_unlocked {
    my ($zones, @workers) = @_;
    kill 'STOP', @workers;
    wait_until(sub { !grep { state_of($_) ne 'T' } @workers }) or return;
    return 1 if !grep { word($_) } @{$zones};
    kill 'CONT', @workers;
    return;
}

my @old = $t->nginx->workers;
stop_locked(@old);

# Longer lives of copies are what a reload has to tell the zone.
$t->nginx->write_config($t->config(http => 'inventory_stale 60s;'));
$t->nginx->signal('HUP');
my %old = map { $_ => 1 } @old;
ok(wait_until(sub { 2 == grep { !$old{$_} } $t->nginx->workers }),
    'a reload starts its workers');
kill 'KILL', $old[0];
ok(
    wait_until(
        sub { !grep { $old{$_} } $t->nginx->workers }),
    'the workers of before are gone'
);
$t->nginx->allow(qr/worker process $old[0] exited on signal 9/,
    qr/shared memory zone "\w+" was locked by $old[0]/);

$t->status_is($t->post($t->path($product, 'purchase'), { quantity => 1 }), 200,
    'those of now serve');
is($t->get($t->path($product))->json->{stock}, 9, 'what is so');
ok($t->nginx->reload, 'and so does another reload');

$t->done;
