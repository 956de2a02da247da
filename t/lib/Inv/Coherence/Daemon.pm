package Inv::Coherence::Daemon;

# An nginx that can be upgraded: a daemon, since nginx takes no USR2 from where
# its own parent is still there.

use strict;
use warnings;

use parent 'Inv::Nginx';

use Time::HiRes qw(sleep);

use Inv::Process qw(wait_until children_of);

# Seconds that a master may take to end, or to start workers.
use constant PATIENCE => 60;

sub start {
    my ($self) = @_;
    local $ENV{LSAN_OPTIONS} = $self->leak_options;

    # By its path: a new binary is started by the name of the old one.
    my ($name, @rest) = $self->command;
    my ($binary) = grep {-x} $name =~ m{/} ? $name
        : map {"$_/$name"} split(/:/, $ENV{PATH}), '/usr/sbin';
    my $starter = Inv::Process->start("$self->{dir}/stderr.log", $binary, @rest);
    my $status = $starter->wait_end(PATIENCE);
    die "nginx did not start:\n", $starter->output, $self->log
        if !defined $status || $status;
    my $pid = wait_until(sub { $self->_pid_in_file }) or die "no master\n";
    $self->_adopt($pid);
    wait_until(sub { $self->_listens }) or die "no worker\n", $self->log;
    return $self;
}

sub _adopt {
    my ($self, $pid) = @_;
    $self->{process} = Inv::Coherence::Master->new($pid,
        "$self->{dir}/stderr.log");
    return;
}

sub _pid_in_file {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/nginx.pid" or return;
    my $line = <$in> // '';
    return $line =~ /^(\d+)\n/ ? $1 : undef;
}

# A new binary is a child of the master, too.
sub workers {
    my ($self) = @_;
    my $second = $self->{second};
    return grep { !$second || $_ != $second->pid } $self->SUPER::workers;
}

# A second master, both serving for some seconds; then one of them goes, the
# second one where the upgrade is taken back.
sub upgrade {
    my ($self, $seconds, $back) = @_;
    my $first = $self->{process};
    my $pid;

    $first->signal('USR2');
    wait_until(
        sub {
            $pid = $self->_pid_in_file;
            return $pid && $pid != $first->pid && children_of($pid);
        },
        PATIENCE
    ) or die "no second master\n", $self->log;
    $self->{second} = Inv::Coherence::Master->new($pid, $first->{output});
    sleep $seconds;
    my ($goes, $stays) = $back ? ($self->{second}, $first)
        : ($first, $self->{second});
    $goes->signal('QUIT');
    defined $goes->wait_end(PATIENCE) or die "a master does not go\n", $self->log;
    $self->{process} = $stays;
    delete $self->{second};
    return;
}

sub finish {
    my ($self) = @_;
    my @wrong;
    if (my $second = delete $self->{second}) {
        push @wrong, 'a second master was left';
        $second->stop('QUIT', 30);
    }
    return (@wrong, $self->SUPER::finish);
}


package Inv::Coherence::Master;

# A process that is no child of this one: how it ended is not known.

use parent -norequire, 'Inv::Process';

sub new {
    my ($class, $pid, $output) = @_;
    return bless { pid => $pid, output => $output, owner => $$ }, $class;
}

sub ended {
    my ($self) = @_;
    return $self->{status} if defined $self->{status};
    open my $in, '<', "/proc/$self->{pid}/stat"
        or return $self->{status} = 0;
    my $line = <$in> // ') Z';
    return if $line !~ /\) Z/;
    return $self->{status} = 0;
}

1;
