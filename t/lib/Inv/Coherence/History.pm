package Inv::Coherence::History;

# What acknowledged writes promise to those who read later.  Pure: lines of
# Inv::Coherence::Journal go in.
#
# Through the nginx that acknowledged a write it holds at once, through another
# from `bound` seconds later: that is when it is in force there.

use strict;
use warnings;

# bound: see above; ports: of all nginx.
sub new {
    my ($class, %opt) = @_;
    return bless { %opt, writes => {}, edits => {}, where => {} }, $class;
}

# A line of a write.  seal() comes after the last.
sub add {
    my ($self, $line) = @_;
    my ($id) = $line->{subject} =~ /^id=(\w+)$/ or return;
    my $known = $line->{status} =~ /^2/;
    my $doubtful = !$line->{status} || $line->{status} >= 500;

    for my $item ($known ? @{ $line->{items} } : ()) {
        push @{ $self->{writes}{$id} }, {
            version => $item->[1],
            map { $_ => $line->{$_} } qw(kind port worker ended),
        };
    }
    return if !%{ $line->{changes} } || !$known && !$doubtful;
    push @{ $self->{edits}{$id} }, {
        changes => $line->{changes},
        known   => $known,
        map { $_ => $line->{$_} } qw(kind port worker began ended),
    };
    return;
}

# One process edits a product, one edit after the other: their order is known.
sub seal {
    my ($self) = @_;
    for my $id (keys %{ $self->{edits} }) {
        my @edits = sort { $a->{began} <=> $b->{began} }
            @{ $self->{edits}{$id} };
        $self->{edits}{$id} = \@edits;
        for my $edit (@edits) {
            $self->{where}{"$_=$edit->{changes}{$_}"}{$id} = 1
                for keys %{ $edit->{changes} };
        }
    }
    for my $id (keys %{ $self->{writes} }) {
        my $writes = $self->{writes}{$id};
        for my $port (@{ $self->{ports} }) {
            my @others = grep { $_->{port} != $port } @{$writes};
            $self->{floors}{$port}{$id} = _best($writes,
                sub { $self->_in_force($_[0], $port) });
            $self->{others}{$port}{$id} = _best(\@others,
                sub { $_[0]{ended} });
        }
    }
    return;
}

sub _in_force {
    my ($self, $write, $port) = @_;
    return $write->{ended}
        + ($write->{port} == $port ? 0 : $self->{bound});
}

# Times, growing, and the write of the greatest version up to each.
sub _best {
    my ($writes, $time) = @_;
    my (@times, @best);
    my @pairs = sort { $a->[0] <=> $b->[0] }
        map { [ $time->($_), $_ ] } @{$writes};
    for my $pair (@pairs) {
        next if @best && $best[-1]{version} >= $pair->[1]{version};
        push @times, $pair->[0];
        push @best,  $pair->[1];
    }
    return { times => \@times, best => \@best };
}

# How many of the times are before one.
sub _before {
    my ($times, $at) = @_;
    my ($low, $high) = (0, scalar @{$times});
    while ($low < $high) {
        my $middle = ($low + $high) >> 1;
        if ($times->[$middle] < $at) { $low = $middle + 1 }
        else                         { $high = $middle }
    }
    return $low;
}

# The write of the greatest version that is in force at a port; undef: none.
sub floor {
    my ($self, $id, $port, $at) = @_;
    my $floors = $self->{floors}{$port}{$id} or return;
    my $n = _before($floors->{times}, $at) or return;
    return $floors->{best}[ $n - 1 ];
}

# How long what another nginx has acknowledged in the last `bound` seconds had
# been newer than a version: 0 where it was not; undef: there is no such write.
sub lag {
    my ($self, $id, $port, $version, $at) = @_;
    my $others = $self->{others}{$port}{$id} or return;
    my $n = _before($others->{times}, $at) or return;
    return if $at - $others->{times}[ $n - 1 ] > $self->{bound};
    my $lag = 0;
    while ($n > 0 && $others->{best}[ $n - 1 ]{version} > $version) {
        $lag = $at - $others->{times}[ --$n ];
    }
    return $lag;
}

# Whether a product's edits are known at all.
sub knows { my ($self, $id) = @_; return exists $self->{edits}{$id} }

# Those that have, or had, or may have had that value.
sub those_with {
    my ($self, $member, $value) = @_;
    return sort keys %{ $self->{where}{"$member=$value"} // {} };
}

# {value => the edit that made it, or undef}: all that a read from `began` to
# `ended` through a port may have seen of a member.
sub possible {
    my ($self, $id, $member, $port, $began, $ended) = @_;
    my %values;
    for my $edit (reverse @{ $self->{edits}{$id} // [] }) {
        next if !exists $edit->{changes}{$member} || $edit->{began} >= $ended;
        $values{ $edit->{changes}{$member} } //= $edit;
        return \%values
            if $edit->{known} && $self->_in_force($edit, $port) < $began;
    }
    $values{ $member eq 'alive' ? 0 : '' } //= undef;
    return \%values;
}

# Whether some edit was under way, or not in force yet, at that time: a scan of
# an index may then miss what moves in it.
sub moved {
    my ($self, $id, $port, $began, $ended) = @_;
    for my $edit (reverse @{ $self->{edits}{$id} // [] }) {
        next if $edit->{began} >= $ended;
        return 1 if !$edit->{known};
        return $self->_in_force($edit, $port) >= $began;
    }
    return 1;
}

1;
