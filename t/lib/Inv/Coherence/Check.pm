package Inv::Coherence::Check;

# Whether what was read is what had been promised, and how much of it was
# looked at.  Pure: lines of Inv::Coherence::Journal and their
# Inv::Coherence::History go in, violations and counts come out.

use strict;
use warnings;

# Violations that are told in full.
use constant TOLD_MAX => 50;

my @RELATIONS = ('same worker', 'other worker', 'other nginx');

# history: sealed.
sub new {
    my ($class, %opt) = @_;
    return bless {
        %opt,
        violations => [],
        kinds      => {},    # of violations => how many
        reads      => {},    # {kind}{relation} of the items that had a floor
        workers    => {},    # {worker}{relation}
        cache      => {},
        statuses   => {},
        members    => 0,     # products that had to be in a list, or out of it
        lags       => {},    # ms => items
        bytes      => {},    # "id:version" => [digest, line]
    }, $class;
}

# Texts, the first TOLD_MAX of them; and {kind => how many} of all.
sub violations { my ($self) = @_; return @{ $self->{violations} } }
sub kinds      { my ($self) = @_; return $self->{kinds} }

# {kind of read}{relation of who wrote to who read} => products checked.
sub reads   { my ($self) = @_; return $self->{reads} }
sub workers { my ($self) = @_; return $self->{workers} }

sub cache    { my ($self) = @_; return $self->{cache} }
sub statuses { my ($self) = @_; return $self->{statuses} }
sub members  { my ($self) = @_; return $self->{members} }

sub relations { return @RELATIONS }

# A line: what it shows, also of writes.
sub line {
    my ($self, $line) = @_;
    my $is_read = $line->{is} eq 'r';

    $self->{statuses}{"$line->{kind} $line->{status}"}++;
    $self->_violation(odd => $line, $line->{odd}) if length $line->{odd};
    for my $item (@{ $line->{items} }) {
        $self->_bytes($line, @{$item});
    }
    return if !$is_read || $line->{status} !~ /^(?:200|304|404)$/;
    $self->{cache}{ _cache($line) }++;
    for my $item (@{ $line->{items} }) {
        $self->_item($line, @{$item}) if $self->{history}->knows($item->[0]);
    }
    $self->_subject($line);
    return;
}

# local, redis, stale, miss or nothing.
sub _cache {
    my ($line) = @_;
    return $1 if $line->{cache} =~ /detail=(\w+)/;
    return $line->{cache} =~ /fwd=(\w+)/ ? $1 : 'nothing';
}

# One version has one text, wherever it comes from.
sub _bytes {
    my ($self, $line, $id, $version, $digest) = @_;
    return if !length($digest // '');
    my $first = $self->{bytes}{"$id:$version"} //= [ $digest, _who($line) ];
    $self->_violation(bytes => $line,
        "version $version of $id has other bytes than in the answer $first->[1]")
        if $first->[0] ne $digest;
    return;
}

sub _item {
    my ($self, $line, $id, $version) = @_;
    my $history = $self->{history};
    my $floor = $history->floor($id, $line->{port}, $line->{began});

    if ($floor) {
        my $relation
            = $floor->{port} != $line->{port} ? $RELATIONS[2]
            : $floor->{worker} ne $line->{worker} ? $RELATIONS[1]
            : $RELATIONS[0];
        $self->{reads}{ $line->{kind} }{$relation}++;
        $self->{workers}{ $line->{worker} }{$relation}++;
        $self->_violation(
            $floor->{port} == $line->{port} ? 'older' : 'too-old',
            $line,
            "version $version of $id, " . _after($line, $floor)
                . ", version $floor->{version}"
        ) if $version < $floor->{version};
    }
    my $lag = $history->lag($id, $line->{port}, $version, $line->{began});
    $self->{lags}{ int($lag * 1000 + 0.999) }++ if defined $lag;

    my $alive = $self->_possible($line, $id, 'alive');
    $self->_violation(deleted => $line,
        "version $version of $id, " . _after($line, $alive->{0}))
        if !exists $alive->{1};
    return;
}

sub _possible {
    my ($self, $line, $id, $member) = @_;
    return $self->{history}->possible($id, $member,
        @{$line}{qw(port began ended)});
}

# Who must be in the answer, and who must not.
sub _subject {
    my ($self, $line) = @_;
    my ($member, $value) = split /=/, $line->{subject}, 2;
    my %shown = map { $_->[0] => 1 } @{ $line->{items} };
    my $history = $self->{history};

    return if !defined $value;
    if ($member =~ /^ids?$/) {
        for my $id (grep { !$shown{$_} } split /,/, $value) {
            $self->_must_be($line, $id);
        }
        return;
    }
    for my $id (sort keys %shown) {
        next if !$history->knows($id);
        my $may = $self->_possible($line, $id, $member);
        $self->{members}++;
        next if exists $may->{$value};
        my ($edit) = grep {defined} values %{$may};
        $self->_violation(left => $line,
            "$id, whose $member was another, " . _after($line, $edit));
    }
    return if !$line->{whole};
    for my $id ($history->those_with($member, $value)) {
        my $may = $self->_possible($line, $id, $member);
        next if !exists $may->{$value} || keys %{$may} > 1;
        $self->{members}++;
        $self->_must_be($line, $id, $may->{$value}) if !$shown{$id};
    }
    return;
}

# It is not shown: was it there all the time?
sub _must_be {
    my ($self, $line, $id, $edit) = @_;
    my $history = $self->{history};
    return if !$history->knows($id);
    my $alive = $self->_possible($line, $id, 'alive');
    return if exists $alive->{0};
    return if $history->moved($id, @{$line}{qw(port began ended)});
    return $self->_violation(missing => $line,
        "without $id, " . _after($line, $edit // $alive->{1}));
}

sub _who {
    my ($line) = @_;
    return sprintf '%s %s through port %s by worker %s, %.6f to %.6f, '
        . 'status %s, %s',
        @{$line}{qw(kind subject port worker began ended status)},
        $line->{cache} || 'no Cache-Status';
}

# How long before that read the write had been acknowledged.
sub _after {
    my ($line, $write) = @_;
    return 'before any write' if !$write;
    return sprintf '%.6f s after the acknowledgement (at %.6f) of a %s through '
        . 'port %s by worker %s',
        $line->{began} - $write->{ended},
        @{$write}{qw(ended kind port worker)};
}

sub _violation {
    my ($self, $kind, $line, $text) = @_;
    $self->{kinds}{$kind}++;
    push @{ $self->{violations} }, "$kind: " . _who($line) . ": $text"
        if @{ $self->{violations} } < TOLD_MAX;
    return;
}

# How old what is read through another nginx was: texts.
sub ages {
    my ($self) = @_;
    my @ms = sort { $a <=> $b } keys %{ $self->{lags} };
    my ($all, $seen, @texts) = (0, 0);
    $all += $self->{lags}{$_} for @ms;
    return 'no product was read soon after a write through another nginx'
        if !$all;
    my @parts = (0.5, 0.9, 0.99, 0.999, 1);
    for my $ms (@ms) {
        $seen += $self->{lags}{$ms};
        while (@parts && $seen >= $parts[0] * $all) {
            push @texts, 100 * shift(@parts) . " %: $ms ms";
        }
    }
    return sprintf '%d products read soon after a write through the other '
        . 'nginx, %.2f %% of them as it had made them; age: %s',
        $all, 100 * ($self->{lags}{0} // 0) / $all, join ', ', @texts;
}

1;
