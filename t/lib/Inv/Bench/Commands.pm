package Inv::Bench::Commands;

# Commands that reached the database, as the proxy of t/chaos counted them:
# those of reads and those of writes.
#
# A read for a client finds, counts or aggregates products, and leaves their
# outboxes away; whatever follows or prepares a change looks into them.  That
# these are told apart rightly is checked where it can be: a load of reads only
# has none of the one kind, a load of purchases only none of the other.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(commands since reads_of writes_of listed);

# How drivers look for servers, and what the module asks at its start.
my $OTHER = qr/^(?:hello|ismaster|ping|listIndexes|createIndexes|endSessions
                 |buildInfo|killCursors|saslStart|saslContinue)$/xi;

my $READ = qr/^(?:find|count|aggregate|getMore|distinct):products$/;

# What the proxy has counted so far.
sub commands {
    my ($proxy) = @_;
    my $status = $proxy->status;
    return { map { $_ => $status->{$_} } grep {/:/} keys %{$status} };
}

# What has come since.
sub since {
    my ($proxy, $before) = @_;
    my $now = commands($proxy);
    my %came = map { $_ => $now->{$_} - ($before->{$_} // 0) } keys %{$now};
    return {
        map { $_ => $came{$_} } grep { $came{$_} && !is_other($_) } keys %came
    };
}

sub is_other {
    my ($kind) = @_;
    my ($name) = $kind =~ /^([^:]*)/;
    return $name =~ $OTHER;
}

sub reads_of {
    my ($came) = @_;
    return sum(map { $came->{$_} } grep {/$READ/} keys %{$came});
}

sub writes_of {
    my ($came) = @_;
    return sum(map { $came->{$_} } grep { !/$READ/ } keys %{$came});
}

sub sum {
    my (@values) = @_;
    my $sum = 0;
    $sum += $_ for @values;
    return $sum;
}

# "find products 12, update products 3", the most frequent first.
sub listed {
    my ($came) = @_;
    return join ', ', map { "$_ $came->{$_}" =~ s/:/ /r =~ s/:outbox/ (outbox)/r }
        sort { $came->{$b} <=> $came->{$a} } keys %{$came};
}

1;
